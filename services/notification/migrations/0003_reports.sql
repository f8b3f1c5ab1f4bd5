-- Up Migration

-- Reports come with a file.
alter table deliveries
  drop constraint deliveries_kind_check,
  add constraint deliveries_kind_check check (kind in ('alert', 'order', 'report')),
  -- [{ name, contentType, base64 }]
  add column attachments jsonb not null default '[]';
alter table notifications
  drop constraint notifications_kind_check,
  add constraint notifications_kind_check check (kind in ('alert', 'order', 'report'));

-- Down Migration

delete from deliveries where kind = 'report';
delete from notifications where kind = 'report';
alter table deliveries
  drop column attachments,
  drop constraint deliveries_kind_check,
  add constraint deliveries_kind_check check (kind in ('alert', 'order'));
alter table notifications
  drop constraint notifications_kind_check,
  add constraint notifications_kind_check check (kind in ('alert', 'order'));
