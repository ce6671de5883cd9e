// One case on the npm package `spacetimedb`: `node npm.mjs FOLDER MEASURE CASE PORT` prints its figure.
// FOLDER is where the package was installed. The bindings are what its generator writes, by hand.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const [folder, measure, caseName, port] = process.argv.slice(2);
const resolve = createRequire(join(folder, 'package.json')).resolve;
const imported = name => import(pathToFileURL(resolve(name)).href);
const sdk = await imported('spacetimedb');
const { WebSocket } = await imported('undici');
globalThis.WebSocket ??= WebSocket;

const { t, table, schema, reducers, reducerSchema, procedures, DbConnectionImpl, DbConnectionBuilder } = sdk;
const numbers = key => ({
  id: key ? t.u32().primaryKey() : t.u32(), a: t.i32(), x: t.f32(), y: t.f32(),
});
const unique = column => ({
  indexes: [{ accessor: column, name: `${column}_idx`, algorithm: 'btree', columns: [column] }],
  constraints: [{ name: `${column}_key`, constraint: 'unique', columns: [column] }],
});
const DbVector2 = t.object('DbVector2', { x: t.f32(), y: t.f32() });
const tables = schema({
  flat: table({ name: 'flat', ...unique('id') }, t.row(numbers(true))),
  entity: table({ name: 'entity', ...unique('entityId') }, t.row({
    entityId: t.i32().primaryKey(), position: DbVector2, mass: t.i32(),
  })),
  mark: table({ name: 'mark' }, t.row(numbers(false))),
  blob: table({ name: 'blob', ...unique('id') }, t.row({ id: t.u32().primaryKey(), data: t.byteArray() })),
});
const calls = reducers(
  reducerSchema('go', {}),
  reducerSchema('move', { id: t.u32(), a: t.i32(), x: t.f32(), y: t.f32() }),
);
const REMOTE_MODULE = {
  versionInfo: { cliVersion: '2.0.0' },
  tables: tables.schemaType.tables,
  reducers: calls.reducersType.reducers,
  ...procedures(),
};
const builder = () => new DbConnectionBuilder(REMOTE_MODULE, config => new DbConnectionImpl(config));

const ROWS = { flat: 100_000, entity: 100_000, mark: 100_000 };
const UPDATES = 200 * 500;
const CALLS = 2_000;
const ENCODED_CALLS = 20_000;
const tableName = caseName.split('_')[1] ?? { call: 'flat', big: 'blob' }[caseName];
const median = times => times.sort((a, b) => a - b)[Math.floor(times.length / 2)];

const connect = (configure = b => b) => new Promise((done, failed) => {
  configure(builder())
    .withUri(`ws://127.0.0.1:${port}`)
    .withDatabaseName('rows')
    .withCompression('none')
    .onConnect(done)
    .onConnectError((_context, error) => failed(error))
    .build();
});
const subscribe = connection => new Promise((done, failed) => {
  connection.subscriptionBuilder()
    .onApplied(done)
    .onError((_context, error) => failed(error))
    .subscribe([`SELECT * FROM ${tableName}`]);
});

const MEASURES = {
  async rows() {
    const connection = await connect();
    let told = 0;
    const began = performance.now();
    await new Promise(done => {
      connection.db[tableName].onInsert(() => {
        told += 1;
        if (told === ROWS[tableName]) done();
      });
      subscribe(connection);
    });
    return ROWS[tableName] / (performance.now() - began) * 1e3;
  },
  async updates() {
    const connection = await connect();
    await subscribe(connection);
    let told = 0;
    const began = performance.now();
    await new Promise(done => {
      connection.db[tableName].onUpdate(() => {
        told += 1;
        if (told === UPDATES) done();
      });
      connection.reducers.go({}).catch(() => {});
    });
    return UPDATES / (performance.now() - began) * 1e3;
  },
  async call() {
    const connection = await connect();
    await subscribe(connection);
    const times = [];
    await new Promise(done => {
      let began;
      const next = () => {
        began = performance.now();
        connection.reducers.go({});
      };
      connection.db.flat.onUpdate(() => {
        times.push(performance.now() - began);
        if (times.length < CALLS) next();
        else done();
      });
      next();
    });
    return median(times) * 1e3;
  },
  async big() {
    const connection = await connect();
    const began = performance.now();
    await subscribe(connection);
    return performance.now() - began;
  },
  async encode() {
    let sent = 0;
    const socket = { protocol: 'v2.bsatn.spacetimedb', send() { sent += 1; }, close() {} };
    const connection = builder()
      .withUri('ws://127.0.0.1:1')
      .withDatabaseName('rows')
      .withWSFn(async () => socket)
      .build();
    await new Promise(done => setTimeout(done, 10));
    socket.onopen();
    const began = performance.now();
    for (let n = 0; n < ENCODED_CALLS; n += 1) {
      connection.reducers.move({ id: n, a: -n, x: 1.5, y: 2.5 });
    }
    await null;
    const took = performance.now() - began;
    if (sent < ENCODED_CALLS) throw new Error(`only ${sent} were sent`);
    return took / ENCODED_CALLS * 1e3;
  },
};

console.log(await MEASURES[measure]());
process.exit(0);
