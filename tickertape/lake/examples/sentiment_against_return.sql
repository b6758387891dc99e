-- for each day and ticker the mood of the talk beside the return from the day's first price to its last
WITH talk AS (
    SELECT
        CAST(m.created_at AS DATE) AS day_of,
        m.ticker,
        count(*) AS mentions,
        avg(m.polarity) AS polarity
    FROM mentions m
    GROUP BY CAST(m.created_at AS DATE), m.ticker
),
prices AS (
    SELECT
        CAST(b.ts AS DATE) AS day_of,
        b.symbol,
        min_by(b.open, b.ts) AS first_price,
        max_by(b.close, b.ts) AS last_price
    FROM bars b
    WHERE b.interval = '1m'
    GROUP BY CAST(b.ts AS DATE), b.symbol
)
SELECT
    talk.day_of,
    talk.ticker,
    talk.mentions,
    round(talk.polarity, 4) AS polarity,
    round(prices.last_price / prices.first_price - 1, 6) AS day_return
FROM talk
JOIN prices ON prices.day_of = talk.day_of AND prices.symbol = talk.ticker
ORDER BY talk.day_of, talk.ticker
