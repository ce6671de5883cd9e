// The npm package `spacetimedb` against a server: `node npm_client.mjs FOLDER PORT PROTOCOL COMPRESSION` prints what it saw,
// as JSON. FOLDER is where the package was installed. The bindings are what its generator writes, by hand.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const [folder, port, protocol, compression] = process.argv.slice(2);
const resolve = createRequire(join(folder, 'package.json')).resolve;
const imported = name => import(pathToFileURL(resolve(name)).href);
const { t, table, schema, reducers, reducerSchema, procedures, procedureSchema, DbConnectionImpl, DbConnectionBuilder } =
  await imported('spacetimedb');
const { WebSocket } = await imported('undici');
let spoken;
globalThis.WebSocket = class extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols.filter(offered => offered === protocol));
    this.addEventListener('open', () => { spoken = this.protocol; });
  }
};

const tables = schema({
  note: table({
    name: 'note',
    indexes: [{ accessor: 'id', name: 'note_id_idx', algorithm: 'btree', columns: ['id'] }],
    constraints: [{ name: 'note_id_key', constraint: 'unique', columns: ['id'] }],
  }, t.row({ id: t.u64().primaryKey(), author: t.identity(), text: t.string() })),
  announcement: table({ name: 'announcement', event: true }, t.row({ text: t.string(), urgency: t.u8() })),
});
const calls = reducers(
  reducerSchema('write_note', { text: t.string() }),
  reducerSchema('write_notes', { count: t.u32() }),
  reducerSchema('edit_note', { id: t.u64(), text: t.string() }),
  reducerSchema('fail', { message: t.string() }),
  reducerSchema('crash', {}),
  reducerSchema('announce', { text: t.string(), urgency: t.u8() }),
);
const REMOTE_MODULE = {
  versionInfo: { cliVersion: '2.0.0' },
  tables: tables.schemaType.tables,
  reducers: calls.reducersType.reducers,
  ...procedures(procedureSchema('add_numbers', { a: t.i64(), b: t.i64() }, t.i64())),
};

const connect = token => new Promise((done, failed) => {
  new DbConnectionBuilder(REMOTE_MODULE, config => new DbConnectionImpl(config))
    .withUri(`ws://127.0.0.1:${port}`)
    .withDatabaseName('notes')
    .withCompression(compression)
    .withToken(token)
    .onConnect((connection, identity, given) => done({ connection, identity, token: given }))
    .onConnectError((_context, error) => failed(error))
    .build();
});
const subscribe = (connection, queries) => new Promise((done, failed) => {
  const handle = connection.subscriptionBuilder()
    .onApplied(() => done(handle))
    .onError(context => failed(context.event))
    .subscribe(queries);
});
const refusal = promise => promise.then(() => 'nothing was refused', error => error.message ?? String(error));
const until = async condition => {
  while (!condition()) await new Promise(done => setTimeout(done, 5));
};

const { connection, identity, token } = await connect();
const rows = [];
const shown = row => [Number(row.id), row.author.toHexString() === identity.toHexString(), row.text];
connection.db.note.onInsert((context, row) => rows.push(['insert', context.event.tag, ...shown(row)]));
connection.db.note.onUpdate((context, before, row) => rows.push(['update', before.text, ...shown(row)]));
connection.db.note.onDelete((context, row) => rows.push(['delete', context.event.tag, ...shown(row)]));
connection.db.announcement.onInsert((context, row) => rows.push(['event', row.text, row.urgency]));

const found = { protocol: spoken, rows };
const handle = await subscribe(connection, ['SELECT * FROM note', 'SELECT * FROM announcement WHERE urgency > 0']);
await connection.reducers.writeNote({ text: 'hello' });
await connection.reducers.editNote({ id: 1n, text: 'hello again' });
found.failed = await refusal(connection.reducers.fail({ message: 'no luck' }));
found.crashed = await refusal(connection.reducers.crash({}));
await connection.reducers.announce({ text: 'low', urgency: 0 });
await connection.reducers.announce({ text: 'high', urgency: 2 });
found.events = Number(connection.db.announcement.count());
found.refused = await refusal(subscribe(connection, ['SELECT * FROM nowhere']));
found.sum = Number(await connection.procedures.addNumbers({ a: 2n, b: 40n }));

// What somebody else does comes without being asked for.
const other = await connect();
found.others_differ = other.identity.toHexString() !== identity.toHexString();
await other.connection.reducers.writeNote({ text: 'by another' });
await until(() => rows.some(row => row.includes('by another')));

const quiet = rows.length;
await connection.reducers.writeNotes({ count: 500 });
found.many = rows.length - quiet;
rows.length = quiet;
found.count = Number(connection.db.note.count());
await new Promise(done => handle.unsubscribeThen(done));
found.left = Number(connection.db.note.count());
rows.length = quiet;
connection.disconnect();

const again = await connect(token);
found.same_identity = again.identity.toHexString() === identity.toHexString();
console.log(JSON.stringify(found));
process.exit(0);
