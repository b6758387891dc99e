-- for each hour and stock the highest price, and when it was first reached
SELECT hour_start, symbol, high, reached_at
FROM (
    SELECT
        date_trunc('hour', b.ts) AS hour_start,
        b.symbol,
        b.high,
        b.ts AS reached_at,
        row_number() OVER (
            PARTITION BY b.symbol, date_trunc('hour', b.ts)
            ORDER BY b.high DESC, b.ts
        ) AS place
    FROM bars b
    WHERE b.interval = '1m'
) ranked
WHERE place = 1
ORDER BY hour_start, symbol
