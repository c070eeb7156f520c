CREATE TABLE buildings (id INTEGER PRIMARY KEY, city TEXT, opened TEXT);
INSERT INTO buildings VALUES (1, 'Bonn', '2001-05-01'), (2, 'Köln', '2010-12-31');
CREATE TABLE sensors (id INTEGER PRIMARY KEY, name TEXT, room TEXT,
  building_id INTEGER, spare_id INTEGER, active INTEGER);
INSERT INTO sensors VALUES
  (1, 'alpha', 'Kitchen', 1, 2, 1),
  (2, 'beta', 'Office', 2, NULL, 0),
  (3, 'gamma', NULL, NULL, 9, 1),
  (4, '50%_off', 'Kitchen', 2, 1, 0);
CREATE TABLE readings (id INTEGER PRIMARY KEY, sensor_id INTEGER, at TEXT,
  value REAL, count INTEGER, note TEXT);
INSERT INTO readings VALUES
  (1, 1, '2024-01-31 08:00:00', 20.5, 7, 'ok'),
  (2, 1, '2024-02-29 23:59:59', NULL, -7, 'Low'),
  (3, 2, '2024-03-01 00:00:00', -3.5, 2, NULL),
  (4, 2, '2024-06-14 12:30:00', 20.5, 0, 'ok'),
  (5, 3, '2024-06-15 10:29:59', 2.5, 3, 'it''s 50%'),
  (6, 9, '2023-12-31 00:00:00', 0.0, 5, 'OK'),
  (7, 4, '2024-06-09 18:45:10', -2.5, 1, '');
CREATE TABLE events (id INTEGER PRIMARY KEY, seen INTEGER, sent TEXT, day TEXT,
  paid INTEGER);
INSERT INTO events VALUES
  (1, 1704067200, '2024-01-01T00:00:00', '2024-01-01', 1704067200),
  (2, 1718447400, '2024-06-15T10:30:00', '2024-06-15', NULL),
  (3, 1718447399, NULL, '2024-06-14', 1718323200),
  (4, -86400, '1969-12-31T00:00:00', '1969-12-31', -86400),
  (5, 1717977599, '2024-06-09T23:59:59', '2024-06-09', 1717891200);
CREATE TABLE "Order Items" ("Select" TEXT, "a""b" INTEGER);
INSERT INTO "Order Items" VALUES ('x', 1), ('y', 2), ('x', 1);
