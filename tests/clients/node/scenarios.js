// What node-postgres does against the server: node scenarios.js NAME URL. Ends with 1 and the words of what failed.
'use strict'

const assert = require('node:assert/strict')
const { Client, Pool } = require('pg')
const Cursor = require('pg-cursor')

const LARGE = "SELECT i, 'row ' || i AS label FROM generate_series(1, 100000) AS g(i)"
const LARGE_SUM = 5000050000
const ENDLESS =
  'SELECT count(*) FROM generate_series(1, 1000000) AS a(x), generate_series(1, 1000000) AS b(y) WHERE x + y < 0'
const MEANS = "SELECT id, description MEANS 'eco-friendly' AS is_eco FROM products ORDER BY id"
const MEANS_ROWS = [[1, true], [2, false], [3, true]]

const rejects = (promise, code) => assert.rejects(promise, (error) => (assert.equal(error.code, code), true))
const first = async (client, text, values) => Object.values((await client.query(text, values)).rows[0])
const sum = (rows) => rows.reduce((total, row) => total + Number(row.i), 0)

const scenarios = {
  async connect(client) {
    assert.deepEqual(await first(client, 'SELECT current_database(), current_user'), ['default', 'tester'])
    assert.match((await first(client, 'SHOW server_version'))[0], /^15\./)
  },

  async types(client) {
    const columns = {
      b: ['boolean', true], i2: ['smallint', -32768], i4: ['integer', 2147483647], i8: ['bigint', '9007199254740993'],
      n: ['numeric(12,4)', '12345.6700'], f4: ['real', 1.5], f8: ['double precision', 3], t: ['text', 'it\'s {ünï} \\ "日本"'],
      raw: ['bytea', Buffer.from([0, 255, 92, 120])], ti: ['time', '23:59:59.000001'],
      ts: ['timestamp', new Date(2026, 0, 2, 3, 4, 5, 678)], tz: ['timestamptz', new Date(Date.UTC(2026, 0, 2, 3, 4, 5))],
      u: ['uuid', 'c9764ce0-7131-4769-bef2-9588de0021bf'], ia: ['integer[]', [1, null, 3]], ta: ['text[]', ['a', 'b, c', null, '']],
    }
    const names = Object.keys(columns)
    await client.query(`CREATE TABLE node_types (${names.map((name) => `${name} ${columns[name][0]}`).join(', ')})`)
    const marks = names.map((_, n) => `$${n + 1}`).join(', ')
    const values = names.map((name) => columns[name][1])
    for (const row of [values, values.map(() => null)]) await client.query(`INSERT INTO node_types VALUES (${marks})`, row)
    const found = await client.query({ text: 'SELECT * FROM node_types ORDER BY i4', rowMode: 'array' })
    assert.deepEqual(found.rows, [values, values.map(() => null)])
    const binary = await client.query({ text: 'SELECT b, i4, f8, t FROM node_types WHERE b', binary: true, values: [] })
    assert.deepEqual(binary.rows, [{ b: true, i4: 2147483647, f8: 3, t: columns.t[1] }])
    const interval = (await first(client, "SELECT $1::interval", ['1 day 02:03:04.5']))[0]
    assert.deepEqual({ ...interval }, { days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 500 })
  },

  async nulls(client) {
    assert.deepEqual(await first(client, "SELECT NULL AS a, $1::text AS b, '' AS c", [null]), [null, null, ''])
  },

  async parameters(client) {
    assert.deepEqual(await first(client, 'SELECT $2::text AS a, $1::int + 1 AS b, $2 || $2 AS c', [41, 'x']), ['x', 42, 'xx'])
    assert.deepEqual(await first(client, 'SELECT count(*)::int FROM generate_series(1, 9) AS g(i) WHERE i = ANY($1)', [[2, 3, 99]]), [2])
    const { rows } = await client.query('SELECT i FROM generate_series(1, 9) AS g(i) ORDER BY i LIMIT $1 OFFSET $2', [2, 3])
    assert.deepEqual(rows.map((row) => Number(row.i)), [4, 5])
  },

  async json(client) {
    const value = { a: [1, null, { b: 'ü' }] }
    assert.deepEqual(await first(client, 'SELECT $1::jsonb AS a, $2::json AS b', [value, value]), [value, value])
  },

  async errors(client) {
    await client.query('CREATE TABLE node_guarded (id integer PRIMARY KEY, n integer NOT NULL)')
    await rejects(client.query('SELEC 1'), '42601')
    await rejects(client.query('SELECT * FROM nowhere'), '42P01')
    await rejects(client.query('SELECT $1::int', ['x']), '22P02')
    await rejects(client.query('SELECT 1 / $1::int', [0]), '22012')
    await rejects(client.query('INSERT INTO node_guarded VALUES (1, 1), (1, 1)'), '23505')
    await rejects(client.query('INSERT INTO node_guarded VALUES ($1, $2)', [2, null]), '23502')
    const error = await client.query('SELECT missing FROM node_guarded').catch((caught) => caught)
    assert.deepEqual([error.code, error.severity, error.position], ['42703', 'ERROR', '8'])
    assert.deepEqual(await first(client, 'SELECT 1 AS one'), [1])
  },

  async transaction(client) {
    await client.query('CREATE TABLE node_moved (n integer)')
    await client.query('BEGIN')
    await client.query('INSERT INTO node_moved VALUES ($1)', [1])
    await rejects(client.query('SELECT broken'), '42703')
    await rejects(client.query('SELECT 1'), '25P02')
    assert.equal((await client.query('COMMIT')).command, 'ROLLBACK')
    assert.deepEqual(await first(client, 'SELECT count(*)::int FROM node_moved'), [0])
    const inserted = await client.query('INSERT INTO node_moved VALUES (1), (2) RETURNING n')
    assert.deepEqual([inserted.command, inserted.rowCount, inserted.rows.length], ['INSERT', 2, 2])
  },

  async prepared(client) {
    for (const n of [1, 21]) {
      const { rows } = await client.query({ name: 'doubled', text: 'SELECT $1::int * 2 AS n', values: [n] })
      assert.deepEqual(rows, [{ n: 2 * n }])
    }
    assert.deepEqual(await first(client, "SELECT count(*)::int FROM pg_prepared_statements WHERE name = 'doubled'"), [1])
  },

  async several_statements(client) {
    const results = await client.query("SELECT 1 AS a; SELECT 'x' AS b; SELECT 3 AS c, 4 AS d")
    assert.deepEqual(results.map((result) => result.rows[0]), [{ a: 1 }, { b: 'x' }, { c: 3, d: 4 }])
  },

  async large_result(client) {
    assert.equal(sum((await client.query(LARGE)).rows), LARGE_SUM)
    assert.equal(sum((await client.query(`${LARGE} WHERE i > $1`, [0])).rows), LARGE_SUM)
  },

  async cursor(client) {
    const cursor = client.query(new Cursor(`${LARGE} WHERE i > $1`, [0]))
    let total = 0
    for (let rows = await cursor.read(5000); rows.length > 0; rows = await cursor.read(5000)) total += sum(rows)
    await cursor.close()
    assert.equal(total, LARGE_SUM)
    assert.deepEqual(await first(client, 'SELECT 1 AS one'), [1])
  },

  async cancel(client, url) {
    const canceller = new Client({ connectionString: url })
    const running = client.query(ENDLESS)
    setTimeout(() => {
      canceller.connection.on('connect', () => canceller.connection.cancel(client.processID, client.secretKey))
      canceller.connection.on('error', () => {})
      canceller.connection.connect(client.port, client.host)
    }, 500)
    await rejects(running, '57014')
    assert.deepEqual(await first(client, 'SELECT 1 AS one'), [1])
  },

  async statement_timeout(_client, url) {
    const client = new Client({ connectionString: url, statement_timeout: 300 })
    await client.connect()
    await rejects(client.query(ENDLESS), '57014')
    await client.end()
  },

  async pool(_client, url) {
    const pool = new Pool({ connectionString: url, max: 4 })
    const asked = Array.from({ length: 40 }, (_, n) => pool.query('SELECT $1::int AS n', [n]))
    assert.deepEqual((await Promise.all(asked)).map((result) => result.rows[0].n), asked.map((_, n) => n))
    await pool.end()
  },

  async means_and_mark(client) {
    assert.deepEqual((await client.query({ text: MEANS, rowMode: 'array' })).rows, MEANS_ROWS)
    const asked = await client.query('SELECT id FROM products WHERE description MEANS $1 ORDER BY id', ['eco-friendly'])
    assert.deepEqual(asked.rows, [{ id: 1 }, { id: 3 }])
    const mark = await client.query(
      "MARK TRAINABLE WHERE cascade_id = 'semantic_matches' AND user_input ILIKE $1", ['%bamboo%'])
    console.log(`${mark.command} ${mark.rowCount ?? (await first(client,
      'SELECT count(*)::int FROM training_examples_with_annotations WHERE trainable'))[0]}`)
  },

  async means_with_notices(client) {
    client.on('notice', (notice) => console.log(notice.message))
    assert.deepEqual((await client.query({ text: MEANS, rowMode: 'array' })).rows, MEANS_ROWS)
  },
}

async function main([name, url]) {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await scenarios[name](client, url)
  } finally {
    await client.end()
  }
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error)
  process.exitCode = 1
})
