import { Context, type Effect } from "effect"
import type { RestError, RestResponse } from "./Rest.ts"

/**
 * Requests to venues' REST endpoints on behalf of tasks: one weight a venue and process, shared with the streams that are
 * collected of it, which come first. What a venue says of its limits is heeded.
 */
export class VenueRequests extends Context.Service<
  VenueRequests,
  {
    /**
     * Waits until the weight fits, then asks. `path` is relative to the venue's endpoint: the configuration's, or where it
     * names none the venue's own. A venue that this version does not know is a defect of the caller.
     */
    readonly get: (
      venue: string,
      request: { readonly path: string; readonly weight: number },
    ) => Effect.Effect<RestResponse, RestError>
  }
>()("millrace/services/VenueRequests") {}
