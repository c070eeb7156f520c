CREATE TABLE "buildings" (
  "id" BIGINT NOT NULL,
  "city" VARCHAR NOT NULL,
  "opened" DATE NOT NULL,
  PRIMARY KEY ("id")
);
CREATE TABLE "sensors" (
  "id" BIGINT NOT NULL,
  "name" VARCHAR NOT NULL,
  "room" VARCHAR,
  "building_id" BIGINT,
  "spare_id" BIGINT,
  "active" BOOLEAN NOT NULL,
  PRIMARY KEY ("id"),
  UNIQUE ("name")
);
CREATE TABLE "readings" (
  "id" BIGINT NOT NULL,
  "sensor_id" BIGINT NOT NULL,
  "at" TIMESTAMP NOT NULL,
  "value" DOUBLE,
  "count" BIGINT NOT NULL,
  "note" VARCHAR,
  PRIMARY KEY ("id")
);
CREATE TABLE "events" (
  "id" BIGINT NOT NULL,
  "seen" TIMESTAMP NOT NULL, -- from seconds: make_timestamp(x * 1000000)
  "sent" TIMESTAMP, -- from text with T: CAST works
  "day" DATE NOT NULL,
  "paid" DATE, -- from seconds: make_timestamp(x * 1000000)
  PRIMARY KEY ("id")
);
CREATE TABLE "Order Items" (
  "Select" VARCHAR NOT NULL,
  "a""b" BIGINT NOT NULL
);
