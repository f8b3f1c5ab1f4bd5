-- Up Migration

-- The worst value since the alert fired: what it is now, or was when it fired, says less than that.
alter table observer.alerts add column worst double precision;
