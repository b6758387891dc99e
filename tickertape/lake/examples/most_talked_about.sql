-- the ten tickers with the most mentions, who mentions them, and in which mood
SELECT
    m.ticker,
    count(*) AS mentions,
    count(DISTINCT m.author_id) AS authors,
    sum(CASE WHEN m.sentiment = 'positive' THEN 1 ELSE 0 END) AS positive,
    sum(CASE WHEN m.sentiment = 'negative' THEN 1 ELSE 0 END) AS negative,
    round(avg(m.polarity), 4) AS polarity
FROM mentions m
GROUP BY m.ticker
ORDER BY mentions DESC, m.ticker
LIMIT 10
