-- for each session and ticker the mood of the talk since the close before, beside the return then and the next one
SELECT
    CAST(f.ends_at AS DATE) AS day_of,
    f.ticker,
    f.mentions,
    round(f.polarity, 4) AS polarity,
    round(f.log_return, 6) AS log_return,
    round(f.next_log_return, 6) AS next_log_return
FROM features f
WHERE f.interval = '1d' AND f.mentions > 0
ORDER BY f.ends_at, f.ticker
