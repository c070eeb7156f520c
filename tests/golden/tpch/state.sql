-- A small state of the TPC-H tables, the same at each run: every number comes
-- of a linear congruential generator that starts at the row's own number.
CREATE TABLE numbers AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) SELECT i FROM n;
CREATE TABLE dice AS
WITH a AS (SELECT i, (i * 48271 + 12345) % 2147483647 AS r FROM numbers),
b AS (SELECT i, (r * 16807) % 2147483647 AS r1 FROM a), c AS (SELECT *, (r1 * 48271 + 7) % 2147483647 AS r2 FROM b),
d AS (SELECT *, (r2 * 48271 + 7) % 2147483647 AS r3 FROM c), e AS (SELECT *, (r3 * 48271 + 7) % 2147483647 AS r4 FROM d),
f AS (SELECT *, (r4 * 48271 + 7) % 2147483647 AS r5 FROM e)
SELECT i, r1 / 997 AS r1, r2 / 997 AS r2, r3 / 997 AS r3, r4 / 997 AS r4, r5 / 997 AS r5 FROM f;
CREATE UNIQUE INDEX dice_i ON dice (i);

CREATE TABLE region (r_regionkey INTEGER PRIMARY KEY, r_name TEXT NOT NULL);
INSERT INTO region VALUES (0, 'AFRICA'), (1, 'AMERICA'), (2, 'ASIA'), (3, 'EUROPE'), (4, 'MIDDLE EAST');
CREATE TABLE nation (n_nationkey INTEGER PRIMARY KEY, n_name TEXT NOT NULL, n_regionkey INTEGER NOT NULL);
INSERT INTO nation VALUES (0, 'ALGERIA', 0), (1, 'ARGENTINA', 1), (2, 'BRAZIL', 1), (3, 'CANADA', 1), (4, 'EGYPT', 4),
(5, 'ETHIOPIA', 0), (6, 'FRANCE', 3), (7, 'GERMANY', 3), (8, 'INDIA', 2), (9, 'INDONESIA', 2), (10, 'IRAN', 4), (11, 'IRAQ', 4),
(12, 'JAPAN', 2), (13, 'JORDAN', 4), (14, 'KENYA', 0), (15, 'MOROCCO', 0), (16, 'MOZAMBIQUE', 0), (17, 'PERU', 1), (18, 'CHINA', 2),
(19, 'ROMANIA', 3), (20, 'SAUDI ARABIA', 4), (21, 'VIETNAM', 2), (22, 'RUSSIA', 3), (23, 'UNITED KINGDOM', 3), (24, 'UNITED STATES', 1);

CREATE TABLE supplier (s_suppkey INTEGER PRIMARY KEY, s_name TEXT NOT NULL, s_address TEXT NOT NULL, s_nationkey INTEGER NOT NULL, s_phone TEXT NOT NULL, s_acctbal REAL NOT NULL, s_comment TEXT NOT NULL);
INSERT INTO supplier SELECT i, printf('Supplier#%03d', i), 'Street ' || (r1 % 900), i * 7 % 25, printf('%d-%03d', 10 + i * 7 % 25, r2 % 1000),
r3 % 1000000 / 100.0 - 900, CASE WHEN r4 % 8 = 0 THEN 'many Customer had Complaints' ELSE 'quick and kind' END FROM dice WHERE i <= 60;

CREATE TABLE part (p_partkey INTEGER PRIMARY KEY, p_name TEXT NOT NULL, p_mfgr TEXT NOT NULL, p_brand TEXT NOT NULL, p_type TEXT NOT NULL, p_size INTEGER NOT NULL, p_container TEXT NOT NULL, p_retailprice REAL NOT NULL);
INSERT INTO part SELECT i,
substr('forest green  ivory blush   dark red      almond green  ', r1 % 4 * 14 + 1, 14) || i, 'Manufacturer#' || (1 + r2 % 3), 'Brand#' || (1 + r2 % 3) || (1 + r3 % 3),
CASE r4 % 3 WHEN 0 THEN 'PROMO ' WHEN 1 THEN 'ECONOMY ' ELSE 'MEDIUM ' END || CASE r5 % 2 WHEN 0 THEN 'ANODIZED ' ELSE 'POLISHED ' END || CASE r1 % 3 WHEN 0 THEN 'STEEL' WHEN 1 THEN 'BRASS' ELSE 'TIN' END,
CASE r2 % 5 WHEN 0 THEN 15 ELSE 1 + r3 % 20 END, CASE r4 % 2 WHEN 0 THEN 'SM' ELSE 'MED' END || CASE r5 % 3 WHEN 0 THEN ' CASE' WHEN 1 THEN ' BOX' ELSE ' BAG' END, 900 + r5 % 10000 / 100.0
FROM dice WHERE i <= 150;

CREATE TABLE partsupp (ps_partkey INTEGER NOT NULL, ps_suppkey INTEGER NOT NULL, ps_availqty INTEGER NOT NULL, ps_supplycost REAL NOT NULL, PRIMARY KEY (ps_partkey, ps_suppkey));
INSERT INTO partsupp SELECT p.i, 1 + (p.i * 3 + k.i * 13) % 60, 1 + d.r1 % 200, 1 + d.r2 % 900 / 10.0
FROM numbers p JOIN numbers k ON k.i <= 4 JOIN dice d ON d.i = p.i * 4 + k.i WHERE p.i <= 150;

CREATE TABLE customer (c_custkey INTEGER PRIMARY KEY, c_name TEXT NOT NULL, c_address TEXT NOT NULL, c_nationkey INTEGER NOT NULL, c_phone TEXT NOT NULL, c_acctbal REAL NOT NULL, c_mktsegment TEXT NOT NULL, c_comment TEXT NOT NULL);
INSERT INTO customer SELECT i, printf('Customer#%03d', i), 'Road ' || (r5 % 900), r1 % 25, printf('%d-%03d', 10 + r1 % 25, r2 % 1000), r3 % 1000000 / 100.0 - 900,
CASE r4 % 3 WHEN 0 THEN 'BUILDING' WHEN 1 THEN 'MACHINERY' ELSE 'AUTOMOBILE' END, 'note ' || (r5 % 100) FROM dice WHERE i <= 150;

CREATE TABLE orders (o_orderkey INTEGER PRIMARY KEY, o_custkey INTEGER NOT NULL, o_orderstatus TEXT NOT NULL, o_totalprice REAL NOT NULL, o_orderdate TEXT NOT NULL, o_orderpriority TEXT NOT NULL, o_clerk TEXT NOT NULL, o_shippriority INTEGER NOT NULL, o_comment TEXT NOT NULL);
-- Customers whose number is a multiple of three never order.
INSERT INTO orders SELECT i, 3 * (r1 % 50) + 1 + r2 % 2, CASE r3 % 3 WHEN 0 THEN 'F' WHEN 1 THEN 'O' ELSE 'P' END, 1000 + r4 % 400000 / 10.0,
date('1992-01-01', '+' || (r5 % 2400) || ' days'), (1 + r2 % 5) || substr('-URGENT-HIGH  -MEDIUM-LOW   -NONE  ', r2 % 5 * 7 + 1, 7), 'Clerk#' || (r4 % 9), 0,
CASE WHEN r1 % 7 = 0 THEN 'the special wrapping requests stand' ELSE 'as usual' END FROM dice WHERE i <= 1200;

CREATE TABLE lineitem (l_orderkey INTEGER NOT NULL, l_partkey INTEGER NOT NULL, l_suppkey INTEGER NOT NULL, l_linenumber INTEGER NOT NULL, l_quantity INTEGER NOT NULL, l_extendedprice REAL NOT NULL, l_discount REAL NOT NULL, l_tax REAL NOT NULL, l_returnflag TEXT NOT NULL, l_linestatus TEXT NOT NULL, l_shipdate TEXT NOT NULL, l_commitdate TEXT NOT NULL, l_receiptdate TEXT NOT NULL, l_shipinstruct TEXT NOT NULL, l_shipmode TEXT NOT NULL, PRIMARY KEY (l_orderkey, l_linenumber));
INSERT INTO lineitem SELECT o.o_orderkey, ps.ps_partkey, ps.ps_suppkey, k.i, 1 + d.r1 % 50, (1 + d.r1 % 50) * p.p_retailprice, d.r2 % 11 / 100.0, d.r3 % 9 / 100.0,
CASE WHEN d.r4 % 2 = 0 THEN 'N' WHEN d.r5 % 2 = 0 THEN 'R' ELSE 'A' END, CASE WHEN d.r5 % 3 = 0 THEN 'F' ELSE 'O' END,
date(o.o_orderdate, '+' || (1 + d.r2 % 121) || ' days'), date(o.o_orderdate, '+' || (30 + d.r3 % 61) || ' days'), date(o.o_orderdate, '+' || (2 + d.r2 % 121 + d.r4 % 30) || ' days'),
CASE d.r3 % 2 WHEN 0 THEN 'DELIVER IN PERSON' ELSE 'NONE' END, CASE d.r4 % 5 WHEN 0 THEN 'AIR' WHEN 1 THEN 'MAIL' WHEN 2 THEN 'SHIP' WHEN 3 THEN 'REG AIR' ELSE 'RAIL' END
FROM orders o JOIN numbers k ON k.i <= 1 + o.o_orderkey % 5 JOIN dice d ON d.i = 1 + (o.o_orderkey * 7 + k.i * 577) % 4000
JOIN partsupp ps ON ps.rowid = 1 + d.r5 % 600 JOIN part p ON p.p_partkey = ps.ps_partkey;
DROP TABLE numbers;
DROP TABLE dice;
