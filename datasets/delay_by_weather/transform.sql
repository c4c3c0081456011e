with departures as (
    select
        case
            when w.visib < 1 then 'under 1 mile'
            when w.visib < 3 then '1 to 3 miles'
            when w.visib <= 5 then '3 to 5 miles'
            when w.visib > 5 then 'over 5 miles'
            else 'unknown'
        end as visibility,
        case
            when w.precip = 0 then 'none'
            when w.precip < 0.1 then 'light'
            when w.precip <= 0.3 then 'moderate'
            when w.precip > 0.3 then 'heavy'
            else 'unknown'
        end as precipitation,
        case
            when w.wind_speed < 13 then 'light'
            when w.wind_speed < 25 then 'moderate'
            when w.wind_speed < 39 then 'strong'
            when w.wind_speed <= 253 then 'gale'
            else 'unknown' -- 253 mph is the strongest ever measured: what is beyond it is a faulty instrument
        end as wind,
        f.dep_time,
        f.dep_delay,
        f.arr_delay
    from flights f
    left join weather w on w.time_hour = f.time_hour and w.origin = f.origin
)

select
    visibility,
    precipitation,
    wind,
    count(*) as flights,
    count_if(dep_time is null) as cancelled,
    count(dep_time) as departed,
    count_if(dep_delay > 15) as delayed_15,
    avg(dep_delay) as mean_departure_delay,
    avg(arr_delay) as mean_arrival_delay
from departures
group by visibility, precipitation, wind
