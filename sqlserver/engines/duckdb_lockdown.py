"""What SQL may reach outside its database: one folder, and what the administrator lists. Everything else is shut.

Assumes that nothing but this ran on the database before the lock. Measured on DuckDB 2.0: ``..`` and symbolic links
out of an allowed folder are refused, but a bare name is checked against the working directory before
``file_search_path`` is looked at, and with a search path a link in the folder does lead out when the working directory
is allowed as well. So there is no search path here: a bare name works because the process stands in the folder
(``DatabaseDirectory.enter_files_folder``). DuckDB allows its own database file and temporary directory as well;
``duckdb_file_guard`` keeps COPY away from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from sqlserver.config.sources_file import EXTENSIONS, NO_SOURCES, AttachedDatabase, Bucket, SourcesFile
from sqlserver.engines.declared_constraints import CREATE as CREATE_DECLARED
from sqlserver.engines.postgres_functions import attach_postgres_functions

SESSION_SETTINGS = ("schema", "search_path", "TimeZone", "Calendar")
"""What a session may set after the lock; each holds for that session alone."""


@dataclass(frozen=True, slots=True)
class DuckDBSettings:
    """``memory_limit`` and ``max_temp_size`` as DuckDB writes sizes ("4GB"); None leaves DuckDB's default."""

    files_folder: Path
    temp_folder: Path
    memory_limit: str | None = None
    threads: int | None = None
    max_temp_size: str | None = None
    sources: SourcesFile = field(default=NO_SOURCES)


def connect(path: Path | None, name: str, settings: DuckDBSettings) -> duckdb.DuckDBPyConnection:
    """Opens the database, makes schema ``public``, attaches the sources and turns the key.

    ConfigurationFault (F0000) where a source cannot be attached; ``duckdb.Error`` where the file cannot be opened.
    """
    settings.files_folder.mkdir(parents=True, exist_ok=True)
    temp_folder = settings.temp_folder / name
    temp_folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(":memory:" if path is None else str(path), config=_config(settings, temp_folder))
    try:
        connection.execute("CREATE SCHEMA IF NOT EXISTS public")
        connection.execute(CREATE_DECLARED)
        attach_postgres_functions(connection, temp_folder)
        folders = [str(settings.files_folder.resolve()), *map(str, settings.sources.sources.folders)]
        folders += _open_sources(connection, name, settings.sources)
        connection.execute(f"SET GLOBAL allowed_directories = [{', '.join(map(literal, folders))}]")
        connection.execute("SET GLOBAL enable_external_access = false")
        connection.execute(f"SET GLOBAL allowed_configs = [{', '.join(map(literal, SESSION_SETTINGS))}]")
        connection.execute("SET GLOBAL lock_configuration = true")
    except BaseException:
        connection.close()
        raise
    return connection


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _config(settings: DuckDBSettings, temp_folder: Path) -> dict[str, str | bool | int | float | list[str]]:
    config: dict[str, str | bool | int | float | list[str]] = {
        "errors_as_json": "true",
        # What the same words mean in PostgreSQL: 7 / 2, the place of NULLs in a descending order, names without quotes.
        "integer_division": "true",
        "default_null_order": "nulls_last_on_asc_first_on_desc",
        "preserve_identifier_case": "false",
        "python_enable_replacements": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "allow_persistent_secrets": "false",
        "temp_directory": str(temp_folder.resolve()),
    }
    limits = {
        "memory_limit": settings.memory_limit,
        "threads": settings.threads,
        "max_temp_directory_size": settings.max_temp_size,
    }
    return config | {name: str(value) for name, value in limits.items() if value is not None}


def _open_sources(connection: duckdb.DuckDBPyConnection, database: str, file: SourcesFile) -> list[str]:
    """Attaches what this database gets and gives the buckets' scopes, which become allowed folders."""
    for name, entry in file.sources.databases.items():
        if not entry.databases or database in entry.databases:
            _load(connection, file, "databases", name, entry.type)
            _attach(connection, file, name, entry)
    for name, bucket in file.sources.buckets.items():
        _load(connection, file, "buckets", name, bucket.type)
        _add_secret(connection, file, name, bucket)
    return [bucket.scope for bucket in file.sources.buckets.values()]


def _load(connection: duckdb.DuckDBPyConnection, file: SourcesFile, section: str, name: str, kind: str) -> None:
    extension = EXTENSIONS[kind]
    if extension is None:
        return
    try:
        connection.execute(f"LOAD {extension}")
    except duckdb.Error as error:
        raise file.fault(
            section,
            name,
            f"type {kind} needs DuckDB's extension {extension}, which is not installed here; install it with "
            f"python -c \"import duckdb; duckdb.sql('INSTALL {extension}')\" as the user who runs the server",
        ) from error


def _attach(connection: duckdb.DuckDBPyConnection, file: SourcesFile, name: str, entry: AttachedDatabase) -> None:
    if entry.path is not None and not entry.path.is_file():
        raise file.fault("databases", name, f"there is no file {entry.path}")
    options = [f"TYPE {entry.type}"] + (["READ_ONLY"] if entry.read_only else [])
    try:
        connection.execute(f"ATTACH {literal(entry.target)} AS {identifier(name)} ({', '.join(options)})")
    except duckdb.Error as error:
        # DuckDB's message may repeat the connection string with its password: only the file's owner may see its cause.
        raise file.fault("databases", name, f"the {entry.type} database cannot be attached") from error


def _add_secret(connection: duckdb.DuckDBPyConnection, file: SourcesFile, name: str, bucket: Bucket) -> None:
    options = [f"TYPE {bucket.type}", f"SCOPE {literal(bucket.scope)}"]
    if bucket.key_id is not None:
        options.append(f"KEY_ID {literal(bucket.key_id.get_secret_value())}")
    if bucket.secret is not None:
        options.append(f"SECRET {literal(bucket.secret.get_secret_value())}")
    for option, value in (("REGION", bucket.region), ("ENDPOINT", bucket.endpoint)):
        if value is not None:
            options.append(f"{option} {literal(value)}")
    try:
        connection.execute(f"CREATE SECRET {identifier(name)} ({', '.join(options)})")
    except duckdb.Error as error:
        raise file.fault("buckets", name, "DuckDB refuses these options for the bucket") from error
