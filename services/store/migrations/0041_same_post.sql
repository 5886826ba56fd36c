-- the same post in other places: where approved answers are looked for, services/store/same.py

create index concurrently if not exists threads_by_root_text on threads using hash (root_text);
