"""Queries of five operators over configs/schemas/smart_home.yaml, each in
AuraDSL, in PRQL and in SQL, with one meaning: compile_times.py runs what comes
of all three and compares the answers."""

QUERIES = [
    {
        "name": "filter, aggregate, filter, sort, limit",
        "aura": "SOURCE climate_stats |> FILTER temperature > 20 AND co2 IS NOT NULL |> AGGREGATE AVG(humidity) AS humidity, COUNT() AS n BY room |> FILTER n > 2 |> SORT humidity DESC, room |> LIMIT 5",
        "prql": "from climate_stats\nfilter temperature > 20 && co2 != null\ngroup room (aggregate {humidity = average humidity, n = count this})\nfilter n > 2\nsort {-humidity, room}\ntake 5",
        "sql": "SELECT room, AVG(humidity) AS humidity, COUNT(*) AS n FROM climate_stats WHERE temperature > 20 AND co2 IS NOT NULL GROUP BY room HAVING COUNT(*) > 2 ORDER BY AVG(humidity) DESC, room LIMIT 5",
    },
    {
        "name": "filter, extend, filter, sort, select",
        "aura": "SOURCE energy_consumption |> FILTER NOT is_estimated AND kwh > 0 |> EXTEND cost / kwh AS price |> FILTER price > 0.1 |> SORT price DESC, device_id, timestamp |> SELECT device_id, timestamp, price",
        "prql": "from energy_consumption\nfilter !is_estimated && kwh > 0\nderive {price = cost / kwh}\nfilter price > 0.1\nsort {-price, device_id, this.timestamp}\nselect {device_id, this.timestamp, price}",
        "sql": "SELECT device_id, timestamp, cost / kwh AS price FROM energy_consumption WHERE NOT is_estimated AND kwh > 0 AND cost / kwh > 0.1 ORDER BY cost / kwh DESC, device_id, timestamp",
    },
    {
        "name": "join, filter, aggregate, sort, limit",
        "aura": "SOURCE energy_consumption AS e |> JOIN devices AS d ON e.device_id == d.id |> FILTER d.kind == 'appliance' AND e.kwh > 1 |> AGGREGATE MAX(e.kwh) AS most, COUNT() AS readings BY d.room, d.manufacturer |> SORT most DESC, room, manufacturer |> LIMIT 10",
        "prql": "from e = energy_consumption\njoin d = devices (e.device_id == d.id)\nfilter d.kind == 'appliance' && e.kwh > 1\ngroup {d.room, d.manufacturer} (aggregate {most = max e.kwh, readings = count this})\nsort {-most, room, manufacturer}\ntake 10",
        "sql": "SELECT d.room, d.manufacturer, MAX(e.kwh) AS most, COUNT(*) AS readings FROM energy_consumption AS e JOIN devices AS d ON e.device_id = d.id WHERE d.kind = 'appliance' AND e.kwh > 1 GROUP BY d.room, d.manufacturer ORDER BY MAX(e.kwh) DESC, d.room, d.manufacturer LIMIT 10",
    },
    {
        "name": "filter, left join, select, sort, limit",
        "aura": "SOURCE security_logs AS s |> FILTER s.severity IN ('high', 'critical') AND s.acknowledged |> LEFT JOIN devices AS d ON s.device_id == d.id |> SELECT s.id, s.zone, d.room AS place, s.response_seconds |> SORT id DESC |> LIMIT 20 OFFSET 2",
        "prql": "from s = security_logs\nfilter (s.severity | in ['high', 'critical']) && s.acknowledged\njoin side:left d = devices (s.device_id == d.id)\nselect {s.id, s.zone, place = d.room, s.response_seconds}\nsort {-id}\ntake 3..22",
        "sql": "SELECT s.id, s.zone, d.room AS place, s.response_seconds FROM security_logs AS s LEFT JOIN devices AS d ON s.device_id = d.id WHERE s.severity IN ('high', 'critical') AND s.acknowledged ORDER BY s.id DESC LIMIT 20 OFFSET 2",
    },
    {
        "name": "filter, window, filter, sort, select",
        "aura": "SOURCE climate_stats |> FILTER humidity > 30 |> WINDOW ROW_NUMBER() AS place PER room SORT temperature DESC, timestamp, device_id |> FILTER place <= 2 |> SORT room, place |> SELECT room, place, temperature",
        "prql": "from climate_stats\nfilter humidity > 30\ngroup room (sort {-temperature, this.timestamp, device_id} | derive {place = row_number this})\nfilter place <= 2\nsort {room, place}\nselect {room, place, temperature}",
        "sql": "WITH numbered AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY room ORDER BY temperature DESC, timestamp, device_id) AS place FROM climate_stats WHERE humidity > 30) SELECT room, place, temperature FROM numbered WHERE place <= 2 ORDER BY room, place",
    },
    {
        "name": "filter, extend, aggregate, extend, sort",
        "aura": "SOURCE lighting_states |> FILTER is_on AND brightness >= 10 |> EXTEND CASE WHEN brightness > 66 THEN 'bright' WHEN brightness > 33 THEN 'dim' ELSE 'dark' END AS level |> AGGREGATE SUM(brightness) AS total, COUNT() AS n BY trigger, level |> EXTEND total / n AS mean |> SORT trigger, level",
        "prql": "from lighting_states\nfilter is_on && brightness >= 10\nderive {level = case [brightness > 66 => 'bright', brightness > 33 => 'dim', true => 'dark']}\ngroup {trigger, level} (aggregate {total = sum brightness, n = count this})\nderive {mean = total / n}\nsort {trigger, level}",
        "sql": "WITH levels AS (SELECT *, CASE WHEN brightness > 66 THEN 'bright' WHEN brightness > 33 THEN 'dim' ELSE 'dark' END AS level FROM lighting_states WHERE is_on AND brightness >= 10), sums AS (SELECT trigger, level, SUM(brightness) AS total, COUNT(*) AS n FROM levels GROUP BY trigger, level) SELECT trigger, level, total, n, total * 1.0 / n AS mean FROM sums ORDER BY trigger, level",
    },
    {
        "name": "select, filter, distinct, sort, limit",
        "aura": "SOURCE devices |> SELECT room, manufacturer, kind |> FILTER kind != 'camera' AND manufacturer LIKE 'S%' |> DISTINCT |> SORT room, manufacturer, kind |> LIMIT 8",
        "prql": "from devices\nselect {room, manufacturer, kind}\nfilter kind != 'camera' && (manufacturer | text.starts_with 'S')\ngroup {room, manufacturer, kind} (take 1)\nsort {room, manufacturer, kind}\ntake 8",
        "sql": "SELECT DISTINCT room, manufacturer, kind FROM devices WHERE kind <> 'camera' AND manufacturer LIKE 'S%' ORDER BY room, manufacturer, kind LIMIT 8",
    },
    {
        "name": "filter, aggregate, aggregate, sort, limit",
        "aura": "SOURCE energy_consumption |> FILTER tariff != 'weekend' |> AGGREGATE MAX(peak_power) AS peak BY device_id, tariff |> AGGREGATE AVG(peak) AS mean_peak, MIN(peak) AS least_peak BY device_id |> SORT mean_peak DESC, device_id |> LIMIT 6",
        "prql": "from energy_consumption\nfilter tariff != 'weekend'\ngroup {device_id, tariff} (aggregate {peak = max peak_power})\ngroup device_id (aggregate {mean_peak = average peak, least_peak = min peak})\nsort {-mean_peak, device_id}\ntake 6",
        "sql": "WITH peaks AS (SELECT device_id, tariff, MAX(peak_power) AS peak FROM energy_consumption WHERE tariff <> 'weekend' GROUP BY device_id, tariff) SELECT device_id, AVG(peak) AS mean_peak, MIN(peak) AS least_peak FROM peaks GROUP BY device_id ORDER BY AVG(peak) DESC, device_id LIMIT 6",
    },
    {
        "name": "extend, filter, extend, sort, limit",
        "aura": "SOURCE climate_stats |> EXTEND temperature * 1.8 + 32 AS fahrenheit, co2 ?? 400 AS carbon |> FILTER fahrenheit > 60 AND carbon < 1500 |> EXTEND ROUND(fahrenheit - carbon / 100, 1) AS comfort |> SORT comfort DESC, timestamp, device_id |> LIMIT 12",
        "prql": "from climate_stats\nderive {fahrenheit = temperature * 1.8 + 32, carbon = co2 ?? 400}\nfilter fahrenheit > 60 && carbon < 1500\nderive {comfort = math.round 1 (fahrenheit - carbon / 100)}\nsort {-comfort, this.timestamp, device_id}\ntake 12",
        "sql": "WITH extended AS (SELECT *, temperature * 1.8 + 32 AS fahrenheit, COALESCE(co2, 400) AS carbon FROM climate_stats) SELECT *, ROUND(fahrenheit - carbon / 100.0, 1) AS comfort FROM extended WHERE fahrenheit > 60 AND carbon < 1500 ORDER BY ROUND(fahrenheit - carbon / 100.0, 1) DESC, timestamp, device_id LIMIT 12",
    },
    {
        "name": "filter, select, filter, sort, limit",
        "aura": "SOURCE security_logs |> FILTER response_seconds BETWEEN 5 AND 600 |> SELECT id, zone, severity, response_seconds / 60 AS minutes |> FILTER severity != 'low' OR minutes > 4 |> SORT minutes DESC, id |> LIMIT 15",
        "prql": "from security_logs\nfilter (response_seconds | in 5..600)\nselect {id, zone, severity, minutes = response_seconds / 60}\nfilter severity != 'low' || minutes > 4\nsort {-minutes, id}\ntake 15",
        "sql": "WITH chosen AS (SELECT id, zone, severity, response_seconds / 60.0 AS minutes FROM security_logs WHERE response_seconds BETWEEN 5 AND 600) SELECT * FROM chosen WHERE severity <> 'low' OR minutes > 4 ORDER BY minutes DESC, id LIMIT 15",
    },
]
