/**
 * Diagnostics channel that hears when everything a service opened is closed: what is left is to end. In a file of its own,
 * because the telemetry preload must not import what it instruments, and runService imports the logger.
 */
export const SERVICE_CLOSED = "kontor.service.closed";
