-- Services work under roles that own nothing: the one thing they have to build is built for them.

create function index_vectors(vector_space text, dimensions integer) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    execute format(
        'create index if not exists %I on passage_vectors using hnsw'
        ' ((embedding::halfvec(%s)) halfvec_ip_ops) where space = %L',
        left('passage_vectors_' || vector_space, 63), dimensions, vector_space);
end $$;
