#!/usr/bin/env python3
"""Makes march-2020.csv. Usage: extract.py Bitcoin.csv 'bitfinex_(BTC,ETH)USD_d.csv' > march-2020.csv

SOURCE.md beside this file says where both inputs come from and why each step is taken.
"""
import csv
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from math import log

FIRST_DAY, LAST_DAY = date(2020, 2, 20), date(2020, 3, 31)
LABEL_LAG = timedelta(days=1)  # the recording's dates run one day behind UTC
TIMES = (timedelta(0), timedelta(hours=8), timedelta(hours=16), timedelta(hours=23, minutes=59))
BETA_FIRST_DAY = "2019-01-17"
SOL_START_USD, SOL_BETA = Decimal("20"), Decimal("1.50")
CENT, SUBCENT = Decimal("0.01"), Decimal("0.0001")


def bitcoin_points(path):
    """(unix time, price) for open, both extremes and close of each UTC day; a falling day tops first."""
    with open(path, newline="", encoding="utf-8") as file:
        bars = {date.fromisoformat(row["date"]) + LABEL_LAG: row for row in csv.DictReader(file)}
    day = FIRST_DAY
    while day <= LAST_DAY:
        bar = {name: Decimal(bars[day][name]) for name in ("open", "high", "low", "close")}
        extremes = ("high", "low") if bar["close"] < bar["open"] else ("low", "high")
        midnight = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
        for offset, name in zip(TIMES, ("open", *extremes, "close")):
            yield int((midnight + offset).timestamp()), bar[name]
        day += timedelta(days=1)


def ether_rule(path):
    """(BTC close, ETH close, beta): the recording's last day, and the slope of ETH's daily log returns over its last year."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row[""] >= BETA_FIRST_DAY]
    returns = {
        name: [log(float(b[name]) / float(a[name])) for a, b in zip(rows, rows[1:])]
        for name in ("BTC:close", "ETH:close")
    }
    x, y = returns["BTC:close"], returns["ETH:close"]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    slope = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / sum((a - mean_x) ** 2 for a in x)
    return Decimal(rows[-1]["BTC:close"]), Decimal(rows[-1]["ETH:close"]), Decimal(f"{slope:.2f}")


def derived(price, anchor_btc, anchor, beta, step):
    """anchor x (price / anchor_btc) ^ beta, rounded to `step`."""
    with localcontext() as context:
        context.prec = 40
        return (anchor * (price / anchor_btc) ** beta).quantize(step)


def main():
    points = list(bitcoin_points(sys.argv[1]))
    eth_btc, eth_usd, eth_beta = ether_rule(sys.argv[2])
    print(f"ETH: {eth_usd} at BTC {eth_btc}, beta {eth_beta}; SOL: {SOL_START_USD} at BTC {points[0][1]}, "
          f"beta {SOL_BETA}", file=sys.stderr)
    print("unix_time,symbol,price")
    for time, price in points:
        print(f"{time},BTC,{price.quantize(CENT)}")
        print(f"{time},ETH,{derived(price, eth_btc, eth_usd, eth_beta, CENT)}")
        print(f"{time},SOL,{derived(price, points[0][1], SOL_START_USD, SOL_BETA, SUBCENT)}")


main()
