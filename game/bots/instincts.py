"""Instincts: each looks at a situation and says what to do about it, or None when it does not concern it."""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, cos, hypot, pi, sin, sqrt

from game.bots.moves import aim, safest, slow_for, towards
from game.bots.situation import Situation, throw_reach
from game.match.intent import Intent
from game.match.observation import SAFE_MASS_RATIO, SPLIT_MASS, Blob, full_speed

__all__ = ["Instinct", "bait", "flee", "graze", "hunt", "roam", "snatch", "stalk", "strike", "tempt"]

Instinct = Callable[[Situation], Intent | None]

# Seconds without getting nearer, after which prey and food are given up on.
_HUNT_PATIENCE, _STALK_PATIENCE, _FOOD_PATIENCE = 2.5, 5.0, 1.5
# How much a tick of chase costs, in ticks: near prey counts more than heavy prey.
_SETTLING = 8.0
# Food further than this is not weighed: it is for the next looks.
_FOOD_REACH = 140.0
_SECTORS = 12
# More pieces than this make an attacker easy prey itself.
_MOST_PIECES = 2
# Ticks that an attack takes: with a throw, and without one, when the half is only a little faster.
_THROW_TICKS, _STRIKE_TICKS = 6.0, 8.0
_BAIT_SECONDS, _BAIT_REST = 5.0, 9.0
_STALK_PACE = 0.6
# Seconds between two pellets that are thrown before prey, and how far beyond the reach of a strike it may be for that.
_TEMPT_EVERY, _TEMPT_WAY = 6.0, 80.0


def flee(situation: Situation) -> Intent | None:
    """Away from every heavier circle that is near, and not into a corner."""
    feared = situation.feared
    situation.memory.is_fleeing = bool(feared)
    if not feared:
        return None
    nearest = min(feared, key=lambda threat: threat.gap)
    x, y = safest(nearest.own, [threat.blob for threat in feared], situation.observation.world_size)
    pace = situation.personality.skill.flight
    return Intent(direction=(x * pace, y * pace))


def strike(situation: Situation) -> Intent | None:
    """Split at prey that half of the own mass can eat, and reaches."""
    own, personality = situation.own, situation.personality
    half = own.mass // 2
    if (
        not personality.skill.splits
        or personality.daring <= 0.5
        or own.mass < SPLIT_MASS
        or len(situation.observation.me) >= _MOST_PIECES
    ):
        return None
    for prey in situation.prey:
        if prey.mass >= half * SAFE_MASS_RATIO or _is_too_small(situation, prey):
            continue
        distance = hypot(prey.x - own.x, prey.y - own.y)
        if distance < _strike_reach(situation, prey, distance) and not situation.is_guarded(prey, mass=half):
            x, y = aim(own, prey, situation.observation.world_size)
            return Intent(direction=towards(own, x, y), split=True)
    return None


def _strike_reach(situation: Situation, prey: Blob, distance: float) -> float:
    """How far away prey may be for the thrown half to catch it, in world units."""
    own = situation.own
    half = own.mass / 2
    away = (prey.vx * (prey.x - own.x) + prey.vy * (prey.y - own.y)) / max(distance, 1.0)
    if situation.observation.throws:
        # On top of what both cover meanwhile.
        return throw_reach(own.mass) + sqrt(half) + (full_speed(half) - max(away, 0.0)) * _THROW_TICKS
    return sqrt(half) + max(full_speed(half) - away, 0.0) * _STRIKE_TICKS


def hunt(situation: Situation) -> Intent | None:
    """After the prey that promises most for its way, as long as it comes nearer."""
    return _chase(situation, situation.personality.greed, _HUNT_PATIENCE, pace=1.0)


def snatch(situation: Situation) -> Intent | None:
    """Prey that is nearly in the way already."""
    return _chase(situation, min(situation.personality.greed, 30.0), _HUNT_PATIENCE / 2, pace=1.0)


def stalk(situation: Situation) -> Intent | None:
    """Towards prey without haste, as who grazes, until it is near enough to be struck."""
    personality = situation.personality
    if situation.own.mass < SPLIT_MASS or not personality.skill.splits:
        return _chase(situation, personality.greed / 2, _HUNT_PATIENCE, pace=1.0)
    return _chase(situation, personality.greed, _STALK_PATIENCE, pace=_STALK_PACE)


def tempt(situation: Situation) -> Intent | None:
    """Throw mass before prey that is a little too far to be struck: it comes for the food, where the rules allow that."""
    own, memory, personality, observation = (
        situation.own,
        situation.memory,
        situation.personality,
        situation.observation,
    )
    least = max(observation.eject_from, SPLIT_MASS + 20)
    if (
        not observation.eject_from
        or not personality.skill.splits
        or own.mass < least
        or memory.now < memory.tempt_at
    ):
        return None
    for prey in situation.prey:
        distance = hypot(prey.x - own.x, prey.y - own.y)
        beyond = distance - _strike_reach(situation, prey, distance)
        if not 0.0 < beyond < _TEMPT_WAY or _is_too_small(situation, prey):
            continue
        if prey.mass < own.mass // 2 * SAFE_MASS_RATIO and not situation.is_guarded(prey, mass=own.mass // 2):
            memory.tempt_at = memory.now + _TEMPT_EVERY
            return Intent(direction=towards(own, prey.x, prey.y), eject=True)
    return None


def _chase(situation: Situation, greed: float, patience: float, *, pace: float) -> Intent | None:
    own, memory = situation.own, situation.memory
    best: Blob | None = None
    best_score = best_gap = 0.0
    for prey in situation.prey:
        if memory.is_ignored(prey.entity_id) or _is_too_small(situation, prey):
            continue
        dx, dy = prey.x - own.x, prey.y - own.y
        distance = hypot(dx, dy)
        gap = distance - situation.radius
        if gap > greed:
            continue
        closing = situation.speed * pace - (prey.vx * dx + prey.vy * dy) / max(distance, 1.0)
        score = prey.mass / (max(gap, 0.0) / max(closing, 0.4) + _SETTLING)
        if score > best_score and not situation.is_guarded(prey, mass=own.mass):
            best, best_score, best_gap = prey, score, gap
    if best is None or not memory.gains_on(best.entity_id, best_gap, patience):
        return None
    x, y = towards(own, *aim(own, best, situation.observation.world_size))
    pace *= situation.personality.skill.pace
    return Intent(direction=(x * pace, y * pace))


def _is_too_small(situation: Situation, prey: Blob) -> bool:
    """Whether it is not worth a chase; beside the own circle everything is."""
    return prey.mass < situation.own.mass * situation.personality.skill.appetite


def bait(situation: Situation) -> Intent | None:
    """Dance at the rim of what a heavier circle can reach, so that it follows; for a few seconds, then it has had its fun."""
    memory, personality, own = situation.memory, situation.personality, situation.own
    if memory.mood == "bait" and memory.now >= memory.mood_until:
        memory.mood, memory.mood_until = "rest", memory.now + _BAIT_REST
    if memory.mood == "rest" and memory.now < memory.mood_until:
        return None
    watched = [threat for threat in situation.threats if threat.gap < personality.caution * 3.0]
    if len(watched) != 1 or full_speed(watched[0].blob.mass) > situation.speed * 0.9:
        return None
    if memory.mood != "bait":
        memory.mood, memory.mood_until = "bait", memory.now + _BAIT_SECONDS
    (threat,) = watched
    x, y = towards(own, threat.blob.x, threat.blob.y)
    # Around it, and nearer or further as it takes to stay at the rim.
    inwards = max(min((threat.gap - personality.caution * 1.5) / personality.caution, 0.8), -0.8)
    side = 1.0 if personality.heading > 0.0 else -1.0
    x, y = x * inwards - side * y * 0.7, y * inwards + side * x * 0.7
    length = max(hypot(x, y), 0.001)
    pace = personality.skill.pace
    return Intent(direction=(x / length * pace, y / length * pace))


def graze(situation: Situation) -> Intent | None:
    """To the nearest food in the direction where most of it lies."""
    own, memory, side = situation.own, situation.memory, situation.observation.world_size
    if memory.is_stuck:
        return None
    weights = [0.0] * _SECTORS
    nearest: list[Blob | None] = [None] * _SECTORS
    distances = [1e9] * _SECTORS
    own_x, own_y, radius = own.x, own.y, situation.radius
    wall, far = 1.2 * radius, _FOOD_REACH * _FOOD_REACH
    scale = _SECTORS / (2.0 * pi)
    for food in situation.observation.food:
        # By index: a bot weighs a hundred of them seven times a second.
        x, y = food[1], food[2]
        dx, dy = x - own_x, y - own_y
        distance = dx * dx + dy * dy
        if distance > far:
            continue
        distance = sqrt(distance)
        weight = food[3] / (distance + 15.0)
        near_x, near_y = min(x, side - x), min(y, side - y)
        if near_x < wall or near_y < wall:
            # A centre comes no nearer to a wall than its radius: what lies in a corner may be out of reach for good.
            if hypot(max(radius - near_x, 0.0), max(radius - near_y, 0.0)) > 0.9 * radius:
                continue
            weight *= 0.25
        if memory.is_ignored(food[0]):
            continue
        sector = int((atan2(dy, dx) + pi) * scale) % _SECTORS
        weights[sector] += weight
        if distance < distances[sector]:
            distances[sector] = distance
            nearest[sector] = food
    _shun(situation, weights)
    best = _best_sector(weights, nearest, memory.sector)
    if best is None:
        return None
    memory.sector = best
    meal, distance = nearest[best], distances[best]
    if meal is None or not memory.gains_on(meal.entity_id, distance, _FOOD_PATIENCE):
        return None
    x, y = towards(own, meal.x, meal.y)
    skill = situation.personality.skill
    pace = min(slow_for(own, distance, 20.0 * skill.think[1] + 1.0), situation.leisure)
    return Intent(direction=(x * pace, y * pace))


def _shun(situation: Situation, weights: list[float]) -> None:
    """Food beside those who are not yet to be fled from is worth less."""
    own = situation.own
    for threat in situation.threats:
        if threat.gap < 3.0 * situation.personality.caution:
            angle = atan2(threat.blob.y - own.y, threat.blob.x - own.x) + pi
            middle = int(angle * _SECTORS / (2.0 * pi)) % _SECTORS
            for sector in (middle - 1, middle, (middle + 1) % _SECTORS):
                weights[sector] *= 0.2


def _best_sector(weights: list[float], nearest: list[Blob | None], before: int) -> int | None:
    best, best_weight = None, 0.0
    for sector, weight in enumerate(weights):
        if nearest[sector] is None:
            continue
        around = weight + 0.5 * (weights[sector - 1] + weights[(sector + 1) % _SECTORS])
        # Who goes somewhere goes on unless it is clearly better elsewhere.
        around *= 1.25 if sector == before else 1.0
        if around > best_weight:
            best, best_weight = sector, around
    return best


def roam(situation: Situation) -> Intent:
    """To a place somewhere else, and then to another."""
    own, memory, side = situation.own, situation.memory, situation.observation.world_size
    goal = memory.goal
    if goal is None or memory.now >= memory.goal_until or hypot(goal[0] - own.x, goal[1] - own.y) < 30.0:
        # Somewhere ahead rather than behind, but for those who did not get on.
        random = memory.random
        angle = random.uniform(-pi, pi)
        way = side * random.uniform(0.15, 0.3)
        low, high = side * 0.15, side * 0.85
        goal = (
            min(max(own.x + cos(angle) * way, low), high),
            min(max(own.y + sin(angle) * way, low), high),
        )
        memory.goal, memory.goal_until = goal, memory.now + 6.0
    x, y = towards(own, *goal)
    pace = situation.leisure
    return Intent(direction=(x * pace, y * pace))
