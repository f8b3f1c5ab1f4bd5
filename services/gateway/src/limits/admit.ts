import { AppError } from "@kontor/kit/errors";
import type { Authenticate } from "@kontor/kit/http/authenticate";
import type { Request, Response } from "express";
import { isCredential, isPublic } from "../proxy/proxy-routes.ts";
import type { Limiter } from "./rate-limits.ts";

export type AdmitOptions = {
  authenticate: Authenticate;
  /** By user where there is one, else by address. */
  requests: Limiter;
  /** Log-ins and registrations, by address. */
  credentials: Limiter;
};

/**
 * Lets a request pass or refuses it: its token, then its limits. A refused token counts for the address it comes from,
 * so that guessing is limited as well.
 *
 * @throws AppError `auth.token_*`, `auth.keys_unavailable`, `gateway.rate_limited`, `request.malformed_path`
 */
export function createAdmit(options: AdmitOptions): (req: Request, res: Response) => Promise<void> {
  return async (req, res) => {
    refuseDotSegments(req.path);
    const address = req.ip ?? "unknown";
    if (isPublic(req.method, req.path)) {
      await options.requests(address, res);
      if (isCredential(req.method, req.path)) await options.credentials(address, res);
      return;
    }
    let userId: string;
    try {
      userId = (await options.authenticate(req)).userId;
    } catch (error) {
      await options.requests(address, res);
      throw error;
    }
    await options.requests(userId, res);
  };
}

/** No client of ours sends them; somebody who does wants us and the service to read a path differently. */
function refuseDotSegments(path: string): void {
  if (!/(?:^|\/|%2f|\\|%5c)(?:\.|%2e){1,2}(?:$|\/|%2f|\\|%5c)/i.test(path)) return;
  throw new AppError("invalid", "request.malformed_path", "The path has dot segments. Send it resolved.");
}
