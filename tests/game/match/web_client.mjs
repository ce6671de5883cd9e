// A player of Blackholio on the npm package `spacetimedb`, as the official web client is one: all tables, the callbacks it
// has, its calls. `node web_client.mjs FOLDER PORT RULES` plays until it has seen all there is under these rules, and prints
// that as JSON. FOLDER is where the package was installed.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const [folder, port, rules] = process.argv.slice(2);
const resolve = createRequire(join(folder, 'package.json')).resolve;
const imported = name => import(pathToFileURL(resolve(name)).href);
const { t, table, schema, reducers, reducerSchema, DbConnectionImpl, DbConnectionBuilder } = await imported('spacetimedb');
const { WebSocket } = await imported('undici');
globalThis.WebSocket = WebSocket;

const Vector = t.object('DbVector2', { x: t.f32(), y: t.f32() });
const keyed = (name, key, row, options = {}) => table({
  name,
  indexes: [{ accessor: key, name: `${name}_${key}_idx_btree`, algorithm: 'btree', columns: [key] }],
  constraints: [{ name: `${name}_${key}_key`, constraint: 'unique', columns: [key] }],
  ...options,
}, t.row(row));
const tables = schema({
  config: keyed('config', 'id', { id: t.i32().primaryKey(), worldSize: t.i64() }),
  entity: keyed('entity', 'entityId', { entityId: t.i32().primaryKey(), position: Vector, mass: t.i32() }),
  circle: keyed('circle', 'entityId', {
    entityId: t.i32().primaryKey(), playerId: t.i32(), direction: Vector, speed: t.f32(), lastSplitTime: t.timestamp(),
  }),
  player: keyed('player', 'identity', { identity: t.identity().primaryKey(), playerId: t.i32(), name: t.string() }),
  food: keyed('food', 'entityId', { entityId: t.i32().primaryKey() }),
  consumeEntityEvent: table(
    { name: 'consume_entity_event', event: true },
    t.row({ consumedEntityId: t.i32(), consumerEntityId: t.i32() }),
  ),
});
const calls = reducers(
  reducerSchema('enter_game', { name: t.string() }),
  reducerSchema('respawn', {}),
  reducerSchema('suicide', {}),
  reducerSchema('player_split', {}),
  reducerSchema('update_player_input', { direction: Vector }),
);
const REMOTE_MODULE = {
  versionInfo: { cliVersion: '2.10.1' },
  tables: tables.schemaType.tables,
  reducers: calls.reducersType.reducers,
  procedures: [],
};

const { connection, identity } = await new Promise((done, failed) => {
  new DbConnectionBuilder(REMOTE_MODULE, config => new DbConnectionImpl(config))
    .withUri(`ws://127.0.0.1:${port}`)
    .withDatabaseName('blackholio')
    .onConnect((connection, identity) => done({ connection, identity }))
    .onConnectError((_context, error) => failed(error))
    .build();
});
const { db } = connection;
const found = { eaten: 0, moved: 0, thrown: false };
const isFood = id => db.food.entityId.find(id) !== null && db.food.entityId.find(id) !== undefined;
const me = () => db.player.identity.find(identity);
const own = () => [...db.circle.iter()].filter(circle => circle.playerId === me()?.playerId);
db.entity.onUpdate((_context, before, entity) => {
  if (isFood(entity.entityId)) found.thrown = true;
  else if (own().some(circle => circle.entityId === entity.entityId)) found.moved += 1;
});
db.consumeEntityEvent.onInsert((_context, event) => {
  if (own().some(circle => circle.entityId === event.consumerEntityId)) found.eaten += 1;
});
await new Promise((done, failed) => {
  connection.subscriptionBuilder().onApplied(done).onError(context => failed(context.event)).subscribeToAllTables();
});
found.worldSize = Number(db.config.id.find(0).worldSize);

const until = async (what, condition) => {
  const end = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise(done => setTimeout(done, 10));
  }
};
// Towards the nearest food, as a hand on the mouse.
const steer = () => {
  const [circle] = own();
  const place = circle && db.entity.entityId.find(circle.entityId)?.position;
  if (!place) return;
  let nearest, distance = Infinity;
  for (const { entityId } of db.food.iter()) {
    const food = db.entity.entityId.find(entityId);
    if (!food) continue;
    const away = Math.hypot(food.position.x - place.x, food.position.y - place.y);
    if (away < distance) [nearest, distance] = [food.position, away];
  }
  const direction = nearest && distance > 0
    ? { x: (nearest.x - place.x) / distance, y: (nearest.y - place.y) / distance }
    : { x: 1, y: 0 };
  void connection.reducers.updatePlayerInput({ direction });
};

await connection.reducers.enterGame({ name: 'Web' });
await until('an own circle', () => own().length === 1);
const hand = setInterval(steer, 50);
await until('a meal', () => found.eaten > 0 && found.moved > 5);
await until('the other player', () => [...db.player.iter()].some(player => player.name === 'Py'));
await connection.reducers.playerSplit({});
await until('two circles', () => own().length >= 2);
if (rules === 'arcade') await until('a thrown pellet', () => found.thrown);
await connection.reducers.suicide({});
await until('the end', () => own().length === 0);
await connection.reducers.respawn({});
await until('a new life', () => own().length === 1);
clearInterval(hand);
found.name = me().name;
found.others = [...db.player.iter()].map(player => player.name).filter(name => name && name !== 'Web');
console.log(JSON.stringify(found));
process.exit(0);
