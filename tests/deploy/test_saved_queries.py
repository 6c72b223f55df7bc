"""The saved queries of Athena without Athena: their syntax is judged by sqlglot, which knows the dialect, and what they say by
DuckDB, for which sqlglot translates them."""

import datetime
import json

import duckdb
import pytest
import sqlglot

from terraform import SOURCE

QUERIES = {path.stem: path.read_text() for path in sorted((SOURCE / "modules/lake/queries").glob("*.sql"))}
TODAY = datetime.datetime.now(datetime.UTC).date()
OLD = TODAY - datetime.timedelta(days=60)
# DuckDB does not unnest maps.
UNNEST = ("CROSS JOIN UNNEST(attributes) AS a(attribute, value)",
          "CROSS JOIN LATERAL (SELECT unnest(map_keys(attributes)) AS attribute, unnest(map_values(attributes)) AS value)")


def row(kind, seq, day=TODAY, **members):
    return {"type": kind, "id": members.pop("id", f"id-{seq}"), "receivedAt": members.pop("receivedAt", f"{day}T12:00:00.123Z"),
            "node": "n", "seq": seq, "timestampUTC": members.pop("timestampUTC", ms(day)), **members}


def ms(day, hour=12):
    return int(datetime.datetime(day.year, day.month, day.day, hour, tzinfo=datetime.UTC).timestamp() * 1000)


class Lake:
    """Rows in folders as inlet and Firehose write them, the table and the view."""

    def __init__(self, folder):
        self.folder, self.files = folder, 0
        self.database = duckdb.connect()

    def put(self, *rows, day=None):
        for item in rows:
            kind, dt = item["type"], day or item["receivedAt"][:10]
            self.put_line(json.dumps(item), kind, dt)

    def put_line(self, line, kind, dt):
        place = self.folder / f"raw/type={kind}/dt={dt}"
        place.mkdir(parents=True, exist_ok=True)
        self.files += 1
        (place / f"{self.files}.ndjson").write_text(line + "\n")

    def query(self, name):
        self.database.execute(f"""
            CREATE OR REPLACE VIEW inlet_lines AS SELECT line, type, dt FROM read_csv('{self.folder}/raw/*/*/*.ndjson',
                columns = {{line: 'VARCHAR'}}, delim = E'\\x01', quote = '', escape = '', header = false,
                hive_partitioning = true, hive_types = {{'type': VARCHAR, 'dt': VARCHAR}})""")
        self.database.execute(translated("rows"))
        return self.database.execute(translated(name)).fetchall()


def translated(name):
    parsed = sqlglot.parse_one(QUERIES[name], dialect="athena").transform(adapted)
    return parsed.sql(dialect="duckdb").replace(*UNNEST)


def adapted(node):
    """DuckDB knows zones by an extension only, which is not here; in UTC nothing is to be converted. The day is the tests'."""
    if isinstance(node, sqlglot.exp.CurrentDate):
        return sqlglot.exp.cast(sqlglot.exp.Literal.string(str(TODAY)), "date")
    if not isinstance(node, sqlglot.exp.AtTimeZone):
        return node
    assert node.args["zone"].name == "UTC"
    return sqlglot.exp.func("make_timestamp", sqlglot.exp.func("epoch_us", node.this))


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path)


@pytest.mark.parametrize("name", QUERIES)
def test_each_is_one_statement_of_athena(name):
    statements = sqlglot.parse(QUERIES[name], dialect="athena", error_level=sqlglot.ErrorLevel.RAISE)
    assert len(statements) == 1
    # What sqlglot does not know it would keep as an unparsed command.
    assert statements[0].key in ("create", "select")


def test_the_view_has_only_types_that_a_view_of_athena_may_have(lake):
    """Hive, whose types views are kept in, knows no time with a zone."""
    lake.put(row("track", 1))
    lake.query("rows")
    types = {name: kind for name, kind, *_ in lake.database.execute("DESCRIBE inlet_rows").fetchall()}
    assert types == {"type": "VARCHAR", "dt": "VARCHAR", "id": "VARCHAR", "received_at": "TIMESTAMP", "node": "VARCHAR",
                     "seq": "BIGINT", "line": "VARCHAR", "ts": "TIMESTAMP"}


@pytest.mark.parametrize("stamp, expected", [
    (1795345442123, "2026-11-22 11:04:02.123"), (1795345442, "2026-11-22 11:04:02"), (-1, "1969-12-31 23:59:59"),
    (9223372036854775807, "2026-11-23 19:05:21.16"), (-9223372036854775808, "2026-11-23 19:05:21.16"),
])
def test_times_are_in_utc_and_those_that_are_none_are_the_arrivals(lake, stamp, expected):
    lake.put(row("track", 1, receivedAt="2026-11-23T19:05:21.160Z", timestampUTC=stamp))
    lake.query("rows")
    assert lake.database.execute("SELECT CAST(ts AS VARCHAR), CAST(received_at AS VARCHAR) FROM inlet_rows").fetchall() == [
        (expected, "2026-11-23 19:05:21.16")]


def test_a_row_in_another_types_folder_and_one_without_an_id_are_passed_over(lake):
    lake.put(row("track", 1, eventName="e", userId="u"), row("track", 2, id=None, eventName="e", userId="v"))
    lake.put_line(json.dumps(row("alias", 3)), "track", str(TODAY))
    assert lake.query("events") == [(TODAY, "e", 1, 1)]


def test_an_event_that_came_on_two_days_counts_once(lake):
    yesterday = TODAY - datetime.timedelta(days=1)
    lake.put(row("track", 1, yesterday, id="x", eventName="e", userId="u"),
             row("track", 2, TODAY, id="x", timestampUTC=ms(yesterday), eventName="e", userId="u"),
             row("track", 3, eventName="e", userId="u"), row("track", 4, eventName="e", userId="v"))
    assert lake.query("events") == [(yesterday, "e", 1, 1), (TODAY, "e", 2, 2)]


def test_events_of_days_before_those_that_are_asked_for_are_left_out(lake):
    lake.put(row("track", 1, timestampUTC=ms(OLD), eventName="e", userId="u"))
    assert lake.query("events") == []


@pytest.mark.parametrize("name", ["events", "completeness"])
def test_a_query_for_some_days_reads_no_older_ones(lake, name):
    """A line that would end the query stands for all that it would read."""
    lake.put(row("track", 7, eventName="e", userId="u"))
    lake.put_line(json.dumps({**row("track", 1, OLD), "seq": "none"}), "track", str(OLD))
    assert len(lake.query(name)) == 1


def test_the_profiles_read_no_events(lake):
    lake.put(row("profile", 1, userId="u", attributes={"plan": "pro"}))
    lake.put_line(json.dumps({**row("track", 2), "seq": "none"}), "track", str(TODAY))
    assert lake.query("profiles") == [("u", "plan", '"pro"')]


def test_the_latest_value_of_an_attribute_wins_and_a_repeat_changes_nothing(lake):
    lake.put(row("profile", 1, OLD, userId="u", attributes={"plan": "free", "seats": 3}),
             row("profile", 2, timestampUTC=ms(TODAY, 1), id="first", userId="u", attributes={"plan": "pro"}),
             row("profile", 3, timestampUTC=ms(TODAY, 1), userId="u", attributes={"plan": "max"}),
             row("profile", 4, timestampUTC=ms(TODAY, 1), id="first", userId="u", attributes={"plan": "pro"}))
    assert sorted(lake.query("profiles")) == [("u", "plan", '"max"'), ("u", "seats", "3")]


def test_completeness_is_counted_from_the_first_row_of_its_days(lake):
    """Of rows that came at the turn of the first day some may be in the folder of the day before, or of the day after."""
    first = TODAY - datetime.timedelta(days=30)
    before = first - datetime.timedelta(days=1)
    lake.put(row("alias", 5, OLD))
    lake.put(row("track", 10, before, receivedAt=f"{before}T23:59:59.999Z"), day=first)  # kept in Firehose over midnight
    lake.put(row("alias", 11, before, receivedAt=f"{before}T23:59:59.999Z"))
    lake.put(row("track", 12, first, receivedAt=f"{first}T00:00:00.000Z"), row("alias", 13), row("track", 14), row("track", 14))
    assert lake.query("completeness") == [("n", 12, 14, 0)]
    lake.put(row("track", 17))
    assert lake.query("completeness") == [("n", 12, 17, 2)]
