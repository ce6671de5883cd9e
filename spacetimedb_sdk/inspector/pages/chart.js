// Charts on a canvas that is drawn at most once a frame: `dots` where rows are, `lines` of numbers over time. The server sends what
// is new alone, see charts.py; what was sent before is kept here.

const GREY = "rgba(128, 132, 160, 0.25)";
const TEXT = "#8b90a5";
const FONT = "11px ui-monospace, monospace";
const EDGE = { left: 8, right: 14, top: 12, bottom: 20 };

function ticks(low, high, most) {
  const least = (high - low) / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= least * 0.999);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) found.push(value);
  return found;
}

function label(value) {
  return Number(value.toPrecision(6)).toLocaleString("en", { maximumFractionDigits: 6 });
}

function wider(low, high) {
  const margin = (high - low) * 0.05 || 1;
  return [low - margin, high + margin];
}

// Grid and labels; what comes back turns values into pixels.
function axes(context, width, height, [left, right, low, high], unit) {
  const up = ticks(low, high, height / 45);
  const names = up.map(label);
  const start = EDGE.left + Math.max(0, ...names.map((name) => context.measureText(name).width)) + 6;
  const end = width - EDGE.right, top = EDGE.top, bottom = height - EDGE.bottom;
  const x = (value) => start + ((value - left) / (right - left)) * (end - start);
  const y = (value) => bottom - ((value - low) / (high - low)) * (bottom - top);
  context.fillStyle = TEXT;
  context.strokeStyle = GREY;
  context.beginPath();
  context.textAlign = "right";
  up.forEach((value, index) => {
    context.moveTo(start, y(value));
    context.lineTo(end, y(value));
    context.fillText(names[index], start - 6, y(value) + 4);
  });
  context.textAlign = "center";
  for (const value of ticks(left, right, (end - start) / 80)) {
    context.moveTo(x(value), top);
    context.lineTo(x(value), bottom);
    context.fillText(label(value) + unit, Math.min(x(value), width - 20), height - 4);
  }
  context.stroke();
  return [x, y];
}

export default {
  template: '<div style="position: relative"><canvas style="position: absolute; width: 100%; height: 100%"></canvas></div>',
  props: { kind: String, palette: Array, seconds: Number },
  mounted() {
    this.begin();
    this.resizing = new ResizeObserver(() => this.soon());
    this.resizing.observe(this.$el);
    this.$emit("ready");
  },
  unmounted() {
    this.resizing.disconnect();
  },
  methods: {
    // Forget what was sent.
    begin(colours = []) {
      this.dots = [];
      this.bounds = null;
      this.lines = colours.map((colour) => ({ colour, points: [] }));
      this.now = 0;
      this.soon();
    },
    // Numbers in groups of five: which dot, x, y, size, colour; a size below 0 takes the dot away.
    move(numbers) {
      const seen = [Infinity, -Infinity, Infinity, -Infinity];
      for (let index = 0; index < numbers.length; index += 5) {
        const [dot, x, y, size, colour] = numbers.slice(index, index + 5);
        this.dots[dot] = size < 0 ? null : { x, y, size, colour };
        if (size < 0) continue;
        seen[0] = Math.min(seen[0], x);
        seen[1] = Math.max(seen[1], x);
        seen[2] = Math.min(seen[2], y);
        seen[3] = Math.max(seen[3], y);
      }
      if (seen[0] <= seen[1]) this.hold(seen);
      this.soon();
    },
    // The plane grows when a dot leaves it, and never shrinks: it holds still.
    hold([left, right, low, high]) {
      const now = this.bounds;
      if (now === null) this.bounds = [...wider(left, right), ...wider(low, high)];
      else {
        if (left < now[0] || right > now[1]) now.splice(0, 2, ...wider(Math.min(left, now[0]), Math.max(right, now[1])));
        if (low < now[2] || high > now[3]) now.splice(2, 2, ...wider(Math.min(low, now[2]), Math.max(high, now[3])));
      }
    },
    // Of each line its new points, time and value in turns; `now` is where the axis ends.
    extend(now, added) {
      this.now = now;
      this.lines.forEach((line, index) => {
        const numbers = added[index] ?? [];
        for (let at = 0; at < numbers.length; at += 2) line.points.push([numbers[at], numbers[at + 1]]);
        const first = line.points.findIndex(([time]) => time >= now - this.seconds);
        line.points.splice(0, first < 0 ? line.points.length : first);
      });
      this.soon();
    },
    soon() {
      if (this.asked) return;
      this.asked = true;
      requestAnimationFrame(() => {
        this.asked = false;
        this.draw();
      });
    },
    draw() {
      const canvas = this.$el.firstChild, ratio = window.devicePixelRatio || 1;
      const width = this.$el.clientWidth, height = this.$el.clientHeight;
      if (!width || !height) return;
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
      }
      const context = canvas.getContext("2d");
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      context.font = FONT;
      context.lineWidth = 1;
      if (this.kind === "dots") this.drawDots(context, width, height);
      else this.drawLines(context, width, height);
      context.globalAlpha = 1;
    },
    drawDots(context, width, height) {
      const [x, y] = axes(context, width, height, this.bounds ?? [0, 1, 0, 1], "");
      const dots = this.dots.filter(Boolean);
      const largest = dots.reduce((most, dot) => Math.max(most, dot.size), 0);
      context.globalAlpha = 0.75;
      this.palette.forEach((colour, index) => {
        context.fillStyle = colour;
        context.beginPath();
        for (const dot of dots) {
          if (dot.colour !== index) continue;
          // By area, as eyes compare it.
          const radius = largest > 0 ? 2 + 11 * Math.sqrt(dot.size / largest) : 3.5;
          context.moveTo(x(dot.x) + radius, y(dot.y));
          context.arc(x(dot.x), y(dot.y), radius, 0, 2 * Math.PI);
        }
        context.fill();
      });
    },
    drawLines(context, width, height) {
      let low = Infinity, high = -Infinity;
      for (const line of this.lines)
        for (const [, value] of line.points) {
          low = Math.min(low, value);
          high = Math.max(high, value);
        }
      const shown = low > high ? [0, 1] : wider(low, high);
      const [x, y] = axes(context, width, height, [-this.seconds, 0, ...shown], " s");
      context.lineWidth = 2;
      context.lineJoin = "round";
      for (const line of this.lines) {
        context.strokeStyle = line.colour;
        context.beginPath();
        line.points.forEach(([time, value], index) => {
          if (index) context.lineTo(x(time - this.now), y(value));
          else context.moveTo(x(time - this.now), y(value));
        });
        context.stroke();
      }
    },
  },
};
