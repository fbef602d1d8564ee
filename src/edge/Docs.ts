import { Effect } from "effect"
import { HttpRouter } from "effect/http"
import { HttpApiSwagger } from "effect/http-api"
import { MillraceApi } from "./Api.ts"

/** `GET /docs`: the API's page, complete in itself, so that it works without a network. Its two megabytes are loaded when someone looks. */
export const docs = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const page = yield* Effect.cached(
      HttpRouter.toHttpEffect(HttpApiSwagger.layer(MillraceApi, { path: "/docs" })),
    )
    yield* router.add("GET", "/docs", Effect.flatten(page))
  }),
)
