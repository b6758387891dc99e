-- for each hour and stock the highest price, and when it was first reached
SELECT c.ts AS hour_start, c.symbol, c.high, c.high_at AS reached_at
FROM candles c
WHERE c.interval = '1h'
ORDER BY c.ts, c.symbol
