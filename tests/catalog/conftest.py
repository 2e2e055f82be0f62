from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes import SqlServerProcess

SCHEMA = """
CREATE SCHEMA shop;
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE SEQUENCE item_ids;
CREATE TABLE items (
  id BIGINT PRIMARY KEY DEFAULT nextval('item_ids'), name VARCHAR NOT NULL, price DECIMAL(10, 2) CHECK (price >= 0),
  tags VARCHAR[], m mood DEFAULT 'ok'
);
COMMENT ON TABLE items IS 'what is sold';
COMMENT ON COLUMN items.name IS 'as printed';
CREATE INDEX items_lower ON items (lower(name));
CREATE TABLE shop.orders (id INTEGER PRIMARY KEY, item BIGINT, UNIQUE (item));
CREATE TABLE lines (item BIGINT REFERENCES items (id));
CREATE VIEW shop.cheap AS SELECT id, name FROM items WHERE price < 5;
CREATE MACRO twice(n) AS n * 2;
INSERT INTO items (name, price) VALUES ('eco', 3), ('fast', 9);
"""


@pytest.fixture(scope="module")
def catalog_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServerProcess]:
    with SqlServerProcess(tmp_path_factory.mktemp("catalog")) as server:
        done = server.psql(SCHEMA)
        assert done.code == 0, done.err
        yield server
