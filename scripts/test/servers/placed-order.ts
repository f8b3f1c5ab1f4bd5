import type { InfluxdbAccess } from "@kontor/kit/testing/servers/influxdb";
import { eventually } from "../start/eventually.ts";
import { queryInfluxdb } from "./backends.ts";

/** How many orders core-erp has taken in the last hour by its own metric, once the InfluxDB of full mode has that. */
export async function countPlacedOrders(url: string, token: string, waitMs: number): Promise<number> {
  const access: InfluxdbAccess & { url: string } = {
    url,
    token,
    organisation: "kontor",
    bucket: "telemetry",
  };
  const flux = `from(bucket: "${access.bucket}") |> range(start: -1h)
    |> filter(fn: (r) => r._measurement == "http.server.request.duration" and r._field == "count"
      and r["service.name"] == "core-erp" and r["http.route"] == "/api/orders" and r["http.request.method"] == "POST")
    |> last()`;
  const [row] = await eventually(async () => {
    const rows = await queryInfluxdb(access, flux);
    return rows.length > 0 && rows;
  }, waitMs);
  return Number(row?._value);
}
