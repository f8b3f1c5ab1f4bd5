/**
 * Older attribute names and the stable ones they became, with what happens to the value where the meaning moved too. One row per
 * name; a sender that sends both keeps the value it gave to the stable name.
 *
 * @source OpenTelemetry semantic conventions: HTTP migration guide (1.21 to 1.23), database migration guide (1.24 to 1.33),
 * messaging (1.17 to 1.30), code (1.30), deployment (1.27)
 */
export const stableNames: ReadonlyMap<string, string> = new Map([
  ["http.method", "http.request.method"],
  ["http.status_code", "http.response.status_code"],
  ["http.url", "url.full"],
  ["http.scheme", "url.scheme"],
  ["http.flavor", "network.protocol.version"],
  ["http.user_agent", "user_agent.original"],
  ["http.client_ip", "client.address"],
  ["http.request_content_length", "http.request.body.size"],
  ["http.response_content_length", "http.response.body.size"],
  ["http.request.header.content_length", "http.request.header.content-length"],
  ["http.request.header.content_type", "http.request.header.content-type"],
  ["http.response.header.content_length", "http.response.header.content-length"],
  ["http.response.header.content_type", "http.response.header.content-type"],
  ["http.resend_count", "http.request.resend_count"],
  ["net.protocol.name", "network.protocol.name"],
  ["net.protocol.version", "network.protocol.version"],
  ["net.transport", "network.transport"],
  ["net.sock.peer.addr", "network.peer.address"],
  ["net.sock.peer.port", "network.peer.port"],
  ["net.sock.host.addr", "network.local.address"],
  ["net.sock.host.port", "network.local.port"],
  ["net.peer.ip", "network.peer.address"],
  ["net.host.ip", "network.local.address"],
  ["net.host.name", "server.address"],
  ["net.host.port", "server.port"],
  ["db.system", "db.system.name"],
  ["db.statement", "db.query.text"],
  ["db.operation", "db.operation.name"],
  ["db.name", "db.namespace"],
  ["db.redis.database_index", "db.namespace"],
  ["db.sql.table", "db.collection.name"],
  ["db.cassandra.table", "db.collection.name"],
  ["db.mongodb.collection", "db.collection.name"],
  ["db.cosmosdb.container", "db.collection.name"],
  ["db.cosmosdb.status_code", "db.response.status_code"],
  ["messaging.destination", "messaging.destination.name"],
  ["messaging.operation", "messaging.operation.type"],
  ["messaging.message_id", "messaging.message.id"],
  ["messaging.conversation_id", "messaging.message.conversation_id"],
  ["messaging.message_payload_size_bytes", "messaging.message.body.size"],
  ["messaging.message_payload_compressed_size_bytes", "messaging.message.envelope.size"],
  ["messaging.rabbitmq.routing_key", "messaging.rabbitmq.destination.routing_key"],
  ["messaging.kafka.consumer_group", "messaging.consumer.group.name"],
  ["messaging.kafka.consumer.group", "messaging.consumer.group.name"],
  ["messaging.kafka.partition", "messaging.destination.partition.id"],
  ["messaging.kafka.message_key", "messaging.kafka.message.key"],
  ["messaging.consumer_id", "messaging.client.id"],
  ["messaging.client_id", "messaging.client.id"],
  ["code.filepath", "code.file.path"],
  ["code.lineno", "code.line.number"],
  ["code.column", "code.column.number"],
  ["deployment.environment", "deployment.environment.name"],
]);

/** Values of `db.system` that were renamed with it; all others keep theirs. */
export const databaseSystems: ReadonlyMap<string, string> = new Map([
  ["mssql", "microsoft.sql_server"],
  ["oracle", "oracle.db"],
  ["db2", "ibm.db2"],
  ["cosmosdb", "azure.cosmosdb"],
  ["dynamodb", "aws.dynamodb"],
  ["redshift", "aws.redshift"],
  ["informix", "ibm.informix"],
  ["hanadb", "sap.hana"],
]);

/** Values of `messaging.operation` that were renamed with it. */
export const messagingOperations: ReadonlyMap<string, string> = new Map([
  ["publish", "send"],
  ["deliver", "process"],
]);

/** Names whose new place depends on the kind of the span, and which `finishSpan` therefore moves: the peer of a client is the server. */
export const peerNames: ReadonlyMap<string, { readonly client: string; readonly server: string }> = new Map([
  ["net.peer.name", { client: "server.address", server: "client.address" }],
  ["net.peer.port", { client: "server.port", server: "client.port" }],
]);

const parameterLists = new Set([
  "db.statement.parameters",
  "db.postgresql.values",
  "db.mysql.values",
  "pgx.query.parameters",
]);

/**
 * Whether an attribute holds what a statement was run with, as senders give it on request.
 *
 * @source semantic conventions (`db.query.parameter.<key>`), and where they are not followed yet: DB-API of Python, pg and mysql of
 * Node.js, otelpgx of Go
 */
export function isQueryParameter(name: string): boolean {
  return name.startsWith("db.query.parameter.") || parameterLists.has(name);
}
