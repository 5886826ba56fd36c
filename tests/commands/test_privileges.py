"""The privileges follow the code: what is overlooked here fails in service."""

from services.commands.privileges import Needs, read_database

MADE = (
    (
        "create table letters (letter_id text); create table counts (n integer);\n"
        "create view open_letters as select * from letters;\n"
        "create function count_up() returns void language plpgsql as $$\n"
        "begin update counts set n = n + 1; end $$;\n"
        "create function after_letter() returns trigger language plpgsql as $$\n"
        "begin perform count_up(); return null; end $$;\n"
        "create trigger counted after insert or update of a, b on letters\n"
        "    for each row when (new.a) execute function after_letter();\n"
    ),
    (
        "alter table letters rename to mails; drop view open_letters;\n"
        "create function by_owner() returns void language sql security definer as $$\n"
        "delete from counts $$;"
    ),
)


def of(*statements: str, literals: tuple[str, ...] = ()) -> dict[str, list[str]]:
    needs = Needs(read_database(MADE))
    for one in statements:
        needs.add(one, frozenset(literals))
    return needs.sorted()


def test_what_the_migrations_leave_behind() -> None:
    made = read_database(["create table a (x text);", "alter table a rename to b;"])
    assert made.tables == {"b", "migrations"}
    assert read_database(["create table a (x text);", "drop table a;"]).tables == {"migrations"}


def test_reading_and_each_way_of_writing() -> None:
    assert of("select n from counts") == {"counts": ["select"]}
    assert of("insert into counts (n) values (1)") == {"counts": ["select", "insert"]}
    assert of("delete from counts") == {"counts": ["select", "delete"]}
    upsert = "insert into counts (n) values (1) on conflict (n) do update set n = 2"
    assert of(upsert) == {"counts": ["select", "insert", "update"]}
    assert of("select n from counts for key share") == {"counts": ["select", "update"]}


def test_a_write_needs_what_its_triggers_do() -> None:
    made = read_database(["create table letters (a text);", *MADE[:1]])
    needs = Needs(made)
    needs.add("update letters set a = 'x'")
    assert needs.sorted() == {"counts": ["select", "update"], "letters": ["select", "update"]}
    needs = Needs(made)
    needs.add("select a from letters")
    assert needs.sorted() == {"letters": ["select"]}


def test_what_runs_as_the_owner_needs_nothing() -> None:
    assert of("select by_owner()") == {}


def test_a_table_filled_in_later_counts() -> None:
    assert of("delete from {table} where n = 1", literals=("counts", "n")) == {
        "counts": ["select", "delete"]
    }


def test_prose_is_no_statement() -> None:
    assert of("the counts of all mails") == {}
