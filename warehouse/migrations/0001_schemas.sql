-- What people ask: a view per product over the lake, and the warehouse's own copies of some.
create schema if not exists lake;
create schema if not exists native;

-- Which snapshot of the lake each copy holds; a row for each load, so that two loads never wait for each other.
create table lake_admin.loads (
    dataset varchar(200) not null,
    snapshot varchar(40) not null,
    row_count bigint not null,
    run varchar(100) not null,
    loaded_at timestamp not null
);

-- Who brings the copies up to date; the role of the machine that does is tagged with it.
create role lake_loader;
grant usage on schema native to role lake_loader;
grant usage on schema lake_admin to role lake_loader;
grant select, insert on lake_admin.loads to role lake_loader;
