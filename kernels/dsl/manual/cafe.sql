CREATE TABLE drinks (id INTEGER PRIMARY KEY, name TEXT, kind TEXT, price REAL, since TEXT);
INSERT INTO drinks VALUES
  (1, 'espresso', 'coffee', 2.0, '2020-01-15'),
  (2, 'latte', 'coffee', 3.5, '2020-03-01'),
  (3, 'green tea', 'tea', 2.5, '2021-06-30'),
  (4, 'lemonade', 'cold', 3.0, '2022-05-01');
CREATE TABLE guests (id INTEGER PRIMARY KEY, name TEXT, city TEXT, joined TEXT, friend_id INTEGER);
INSERT INTO guests VALUES
  (1, 'Ada', 'Bonn', '2022-02-28', NULL),
  (2, 'Ben', NULL, '2023-01-31', 1),
  (3, 'Cleo', 'Köln', '2024-05-05', 1);
CREATE TABLE orders (id INTEGER PRIMARY KEY, guest_id INTEGER, drink_id INTEGER, placed TEXT, cups INTEGER, tip REAL, takeaway INTEGER);
INSERT INTO orders VALUES
  (1, 1, 1, '2024-01-08 09:00:00', 2, 0.5, 0),
  (2, 1, 2, '2024-01-08 09:20:00', 1, NULL, 0),
  (3, 2, 1, '2024-01-31 15:45:00', 1, 0.2, 1),
  (4, NULL, 3, '2024-02-29 11:00:00', 3, NULL, 1),
  (5, 3, 4, '2024-03-15 12:30:00', 2, 1.0, 0),
  (6, 1, 3, '2024-03-15 18:05:00', 1, 0.3, 0),
  (7, 3, 2, '2024-04-01 08:15:00', 4, 2.0, 1),
  (8, 2, 2, '2024-06-30 10:10:00', 1, NULL, 0);
