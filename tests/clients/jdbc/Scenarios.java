// What pgjdbc does against the server: java Scenarios NAME URL. Ends with 1 and the words of what failed.

import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.sql.*;
import java.time.*;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.jdbc.PreferQueryMode;

public class Scenarios {
    static final String LARGE = "SELECT i, 'row ' || i AS label FROM generate_series(1, 100000) AS g(i)";
    static final String ENDLESS = "SELECT count(*) FROM generate_series(1, 1000000) AS a(x), "
        + "generate_series(1, 1000000) AS b(y) WHERE x + y < 0";
    static final String MEANS = "SELECT id, description MEANS 'eco-friendly' AS is_eco FROM products ORDER BY id";

    interface Work { void run() throws Exception; }

    final Connection db;

    Scenarios(Connection db) { this.db = db; }

    public static void main(String[] args) throws Exception {
        try (Connection db = DriverManager.getConnection(args[1])) {
            Scenarios.class.getDeclaredMethod(args[0]).invoke(new Scenarios(db));
        }
    }

    void run(String sql) throws SQLException { try (Statement s = db.createStatement()) { s.execute(sql); } }

    /** The rows of a query, every value as an object. */
    List<List<Object>> rows(String sql, Object... values) throws SQLException {
        try (PreparedStatement s = db.prepareStatement(sql)) {
            for (int n = 0; n < values.length; n++) s.setObject(n + 1, values[n]);
            try (ResultSet r = s.executeQuery()) {
                List<List<Object>> found = new ArrayList<>();
                while (r.next()) {
                    List<Object> row = new ArrayList<>();
                    for (int n = 1; n <= r.getMetaData().getColumnCount(); n++) row.add(r.getObject(n));
                    found.add(row);
                }
                return found;
            }
        }
    }

    static void same(Object found, Object expected) {
        if (!Objects.deepEquals(found, expected)) throw new AssertionError("found " + found + ", expected " + expected);
    }

    static void fails(String state, Work work) throws Exception {
        try { work.run(); } catch (SQLException error) { same(error.getSQLState(), state); return; }
        throw new AssertionError("no error, expected " + state);
    }

    void connect() throws Exception {
        DatabaseMetaData data = db.getMetaData();
        same(data.getDatabaseProductName(), "PostgreSQL");
        same(data.getDatabaseMajorVersion(), 15);
        same(db.getCatalog(), "default");
        same(db.getSchema(), "public");
        same(db.isValid(5), true);
    }

    void types() throws Exception {
        Map<String, Object> given = new LinkedHashMap<>();
        given.put("boolean", true);
        given.put("smallint", -32768);
        given.put("integer", 2147483647);
        given.put("bigint", 9007199254740993L);
        given.put("numeric(12,4)", new BigDecimal("12345.6700"));
        given.put("real", 1.5f);
        given.put("double precision", 3.0);
        given.put("text", "it's {ünï} \\ \"日本\"");
        given.put("varchar(20)", "");
        boolean simple = db.unwrap(PGConnection.class).getPreferQueryMode() == PreferQueryMode.SIMPLE;
        if (!simple) given.put("bytea", new byte[] {0, -1, 92, 120});  // pgjdbc 42.5 cannot splice bytes into a text
        given.put("date", LocalDate.of(1999, 12, 31));
        given.put("time", LocalTime.of(23, 59, 59, 1000));
        given.put("timestamp", LocalDateTime.of(2026, 1, 2, 3, 4, 5, 678000000));
        given.put("timestamptz", OffsetDateTime.of(2026, 1, 2, 3, 4, 5, 0, ZoneOffset.UTC));
        given.put("uuid", UUID.fromString("c9764ce0-7131-4769-bef2-9588de0021bf"));
        given.put("integer[]", db.createArrayOf("int4", new Object[] {1, null, 3}));
        given.put("text[]", db.createArrayOf("text", new Object[] {"a", "b, c", null, ""}));
        List<String> types = new ArrayList<>(given.keySet());
        StringJoiner columns = new StringJoiner(", "), marks = new StringJoiner(", ");
        for (int n = 0; n < types.size(); n++) { columns.add("c" + n + " " + types.get(n)); marks.add("?"); }
        run("DROP TABLE IF EXISTS jdbc_types");
        run("CREATE TABLE jdbc_types (" + columns + ")");
        try (PreparedStatement s = db.prepareStatement("INSERT INTO jdbc_types VALUES (" + marks + ")")) {
            for (int n = 0; n < types.size(); n++) s.setObject(n + 1, given.get(types.get(n)));
            same(s.executeUpdate(), 1);
            for (int n = 0; n < types.size(); n++) s.setNull(n + 1, Types.NULL);
            same(s.executeUpdate(), 1);
        }
        try (PreparedStatement s = db.prepareStatement("SELECT * FROM jdbc_types ORDER BY c2"); ResultSet r = s.executeQuery()) {
            r.next();
            for (int n = 0; n < types.size(); n++) {
                Object expected = given.get(types.get(n));
                if (expected instanceof java.sql.Array) same(r.getArray(n + 1).getArray(), ((java.sql.Array) expected).getArray());
                else if (expected instanceof byte[]) same(r.getBytes(n + 1), expected);
                else same(r.getObject(n + 1, expected.getClass()), expected);
            }
            r.next();
            for (int n = 1; n <= types.size(); n++) same(r.getObject(n), null);
        }
    }

    void parameters() throws Exception {
        same(rows("SELECT ?::int + 1, ?::text, ?::text || '!'", 41, "00123", "x"), List.of(List.of(42, "00123", "x!")));
        same(rows("SELECT 'x' WHERE 2 = ANY(?)", db.createArrayOf("int4", new Object[] {1, 2})), List.of(List.of("x")));
        same(rows("SELECT '?' WHERE ?::date > '2026-01-01'", LocalDate.of(2026, 1, 2)), List.of(List.of("?")));
    }

    void errors() throws Exception {
        String[][] expected = {
            {"SELEC 1", "42601"}, {"SELECT * FROM nowhere", "42P01"}, {"SELECT missing FROM guarded", "42703"},
            {"SELECT no_such_function(1)", "42883"}, {"SELECT 1 / 0", "22012"}, {"SELECT 'x'::integer", "22P02"},
            {"SELECT 40000::smallint", "22003"}, {"SELECT '2026-02-30'::date", "22008"},
            {"CREATE TABLE guarded (id integer)", "42P07"}, {"INSERT INTO guarded VALUES (1, 1, 1), (1, 1, 1)", "23505"},
            {"INSERT INTO guarded VALUES (2, NULL, 1)", "23502"}, {"INSERT INTO guarded VALUES (3, 1, -1)", "23514"},
        };
        for (String[] pair : expected) fails(pair[1], () -> run(pair[0]));
        same(rows("SELECT 1"), List.of(List.of(1)));
    }

    void transaction() throws Exception {
        run("CREATE TABLE jdbc_moved (n integer)");
        db.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
        same(db.getTransactionIsolation(), Connection.TRANSACTION_SERIALIZABLE);
        db.setAutoCommit(false);
        run("INSERT INTO jdbc_moved VALUES (1)");
        fails("42703", () -> run("SELECT broken"));
        fails("25P02", () -> run("SELECT 1"));
        db.rollback();
        run("INSERT INTO jdbc_moved VALUES (2)");
        Savepoint point = db.setSavepoint();
        run("INSERT INTO jdbc_moved VALUES (3)");
        db.releaseSavepoint(point);
        db.commit();
        db.setReadOnly(true);
        fails("25006", () -> run("INSERT INTO jdbc_moved VALUES (4)"));
        db.rollback();
        same(rows("SELECT count(*) FROM jdbc_moved"), List.of(List.of(2L)));
        db.commit();
    }

    void prepared() throws Exception {
        try (PreparedStatement s = db.prepareStatement("SELECT ? * 2, NULL::text")) {
            for (int n = 1; n <= 10; n++) {  // the fifth execution makes it a named statement with binary results
                s.setInt(1, n);
                try (ResultSet r = s.executeQuery()) { r.next(); same(r.getInt(1), 2 * n); same(r.getString(2), null); }
            }
            same(s.getMetaData().getColumnTypeName(1), "int4");
        }
    }

    void batch() throws Exception {
        run("CREATE TABLE jdbc_many (n integer, t text)");
        try (PreparedStatement s = db.prepareStatement("INSERT INTO jdbc_many VALUES (?, ?)")) {
            for (int n = 0; n < 500; n++) { s.setInt(1, n); s.setString(2, "t" + n); s.addBatch(); }
            same(Arrays.stream(s.executeBatch()).sum(), 500);
        }
        same(rows("SELECT count(DISTINCT t) FROM jdbc_many"), List.of(List.of(500L)));
    }

    void generatedKeys() throws Exception {
        run("CREATE SEQUENCE jdbc_ids");
        run("CREATE TABLE jdbc_keys (id bigint PRIMARY KEY DEFAULT nextval('jdbc_ids'), t text)");
        try (PreparedStatement s = db.prepareStatement("INSERT INTO jdbc_keys (t) VALUES (?)", new String[] {"id"})) {
            s.setString(1, "x");
            s.executeUpdate();
            try (ResultSet r = s.getGeneratedKeys()) { r.next(); same(r.getLong("id"), 1L); }
        }
    }

    void largeResult() throws Exception {
        db.setAutoCommit(false);
        for (int fetch : new int[] {0, 5000}) {
            try (PreparedStatement s = db.prepareStatement(LARGE)) {
                s.setFetchSize(fetch);
                long total = 0;
                try (ResultSet r = s.executeQuery()) { while (r.next()) total += r.getLong("i"); }
                same(total, 5000050000L);
            }
        }
        db.commit();
    }

    void cancel() throws Exception {
        try (Statement s = db.createStatement()) {
            new Timer(true).schedule(new TimerTask() {
                public void run() { try { s.cancel(); } catch (SQLException error) { throw new RuntimeException(error); } }
            }, 500);
            fails("57014", () -> s.executeQuery(ENDLESS));
        }
        same(rows("SELECT 1"), List.of(List.of(1)));
    }

    void queryTimeout() throws Exception {
        try (Statement s = db.createStatement()) { s.setQueryTimeout(1); fails("57014", () -> s.executeQuery(ENDLESS)); }
    }

    void metadata() throws Exception {
        run("CREATE TABLE jdbc_parent (id integer PRIMARY KEY, t varchar(20) NOT NULL)");
        run("CREATE TABLE jdbc_child (id integer PRIMARY KEY, parent integer REFERENCES jdbc_parent, n numeric(8,2))");
        run("CREATE INDEX jdbc_by_n ON jdbc_child (n)");
        DatabaseMetaData data = db.getMetaData();
        same(strings(data.getTables(null, "public", "jdbc_p%", new String[] {"TABLE"}), "TABLE_NAME"), List.of("jdbc_parent"));
        same(strings(data.getColumns(null, "public", "jdbc_child", null), "COLUMN_NAME", "TYPE_NAME", "COLUMN_SIZE", "NULLABLE"),
            List.of("id int4 10 0", "parent int4 10 1", "n numeric 8 1"));
        same(strings(data.getPrimaryKeys(null, "public", "jdbc_child"), "COLUMN_NAME"), List.of("id"));
        same(strings(data.getImportedKeys(null, "public", "jdbc_child"), "PKTABLE_NAME", "FKCOLUMN_NAME"), List.of("jdbc_parent parent"));
        same(strings(data.getIndexInfo(null, "public", "jdbc_child", false, false), "COLUMN_NAME").contains("n"), true);
        same(strings(data.getSchemas(), "TABLE_SCHEM").containsAll(List.of("public", "pg_catalog")), true);
        same(strings(data.getTypeInfo(), "TYPE_NAME").containsAll(List.of("int4", "text", "uuid")), true);
    }

    List<String> strings(ResultSet r, String... columns) throws SQLException {
        List<String> found = new ArrayList<>();
        while (r.next()) {
            StringJoiner row = new StringJoiner(" ");
            for (String column : columns) row.add(r.getString(column));
            found.add(row.toString());
        }
        return found;
    }

    void copy() throws Exception {
        run("CREATE TABLE jdbc_copied (n integer, t text)");
        CopyManager copy = db.unwrap(PGConnection.class).getCopyAPI();
        same(copy.copyIn("COPY jdbc_copied FROM STDIN WITH (FORMAT csv)", new StringReader("1,\"a,b\"\n2,\n")), 2L);
        StringWriter out = new StringWriter();
        same(copy.copyOut("COPY jdbc_copied TO STDOUT", out), 2L);
        same(out.toString(), "1\ta,b\n2\t\\N\n");
    }

    void means() throws Exception {
        try (Statement s = db.createStatement(); ResultSet r = s.executeQuery(MEANS)) {
            List<Boolean> answers = new ArrayList<>();
            while (r.next()) answers.add(r.getBoolean("is_eco"));
            same(answers, List.of(true, false, true));
            for (SQLWarning w = s.getWarnings(); w != null; w = w.getNextWarning()) System.out.println(w.getMessage());
        }
        same(rows("SELECT id FROM products WHERE description MEANS ? ORDER BY id", "eco-friendly"), List.of(List.of(1), List.of(3)));
    }
}
