select
    f.origin,
    f.dest,
    a.name as dest_name,
    max(f.distance) as distance, -- some flights of a route differ by a mile
    count(*) as flights,
    count_if(f.dep_time is null) as cancelled,
    avg(f.arr_delay) as mean_arrival_delay
from flights f
left join airports a on a.faa = f.dest
group by f.origin, f.dest, a.name
