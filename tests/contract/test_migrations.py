"""Migrations leave a running house of the earlier release working, and stop nobody for long."""

import pytest

from services.store.migrations import MIGRATIONS
from tests.contract.migration_forms import complaints, statements

BEFORE_THE_RULE = 38
"""The last migration that was written before the rule; those are applied and never change."""


def test_migrations_can_be_applied_while_the_earlier_release_works() -> None:
    """INVARIANT: an upgrade needs no night shift; docs/upgrading.md says what to write instead."""
    said = {
        f"{one.number:04d}_{one.name}": wrong
        for one in MIGRATIONS[BEFORE_THE_RULE:]
        if (wrong := complaints(one.sql))
    }
    assert said == {}


@pytest.mark.parametrize(
    ("sql", "instead"),
    [
        ("create index a_by_b on a (b)", "concurrently if not exists"),
        ("create unique index concurrently a_by_b on a (b)", "if not exists"),
        ("create index concurrently if not exists i on a (b); select 1", "their own file"),
        ("alter table a drop column b", "one release later"),
        ("alter table a add column c text, drop b", "one release later"),
        ("alter table a rename column b to c", "knows the old name"),
        ("alter table a alter column b type bigint", "written anew"),
        ("alter table a alter column b set not null", "not valid"),
        ("alter table a add column b text not null", "rows without it"),
        ("alter table a add column b uuid default gen_random_uuid()", "written anew"),
        ("alter table a add column b text check (b in ('x', 'y'))", "not valid"),
        ("alter table a add column b text unique", "not valid"),
        ("alter table a add constraint c check (b > 0)", "not valid"),
        ("alter table a add constraint c foreign key (b) references d", "not valid"),
        ("alter table a add constraint c unique (b)", "using index"),
        (
            "alter table a add constraint c check (b > 0) not valid, validate constraint c",
            "in the next file",
        ),
        ("drop table a", "one release later"),
        ("-- safe: yes\ndrop table a", "one release later"),
        ("drop function f(text); select 1", "one release later"),
        ("update a set b = 1 where c like '%;--%'", "in pieces"),
        ("delete from a", "in pieces"),
        ("do $$ begin delete from a; end $$", "nobody sees"),
        ("lock table a", "stops others"),
    ],
)
def test_what_would_stop_a_running_house_is_refused(sql: str, instead: str) -> None:
    (said,) = complaints(sql)
    assert instead in said


@pytest.mark.parametrize(
    "sql",
    [
        "create table a (b text not null unique check (b <> '')); create index i on a (b)",
        "create table a (b text); alter table a add check (b <> ';'); update a set b = ''",
        "create index concurrently if not exists i on a (b)",
        "create unique index concurrently if not exists i on a (b); -- one\n-- two\n",
        "alter table a add column b text",
        "alter table a add column b boolean not null default false, add column c numeric(4, 1)",
        "alter table a add column b text references d",
        "alter table a drop constraint c; alter table a add constraint c check (b > 0) not valid",
        "alter table a validate constraint c",
        "alter table a add constraint c unique using index i",
        "-- safe: since 1.4 nobody reads it\nalter table a drop column b",
        "create or replace function f() returns void language sql as $$ update a set b = 1; $$",
        "create trigger t before update or delete on a for each row execute function f()",
        "drop index concurrently if exists i",
    ],
)
def test_what_only_adds_is_welcome(sql: str) -> None:
    assert complaints(sql) == []


def test_a_body_and_a_quoted_word_are_no_statements() -> None:
    found = [one.text for one in statements("select ';--'; $a$ ; $$ ; $a$ ; -- ;\nselect 2;\n")]
    assert found == ["select ''", "''", "select 2"]
