import { Effect } from "effect"
import { HttpRouter } from "effect/http"
import { type HttpApi, type HttpApiGroup, HttpApiSwagger } from "effect/http-api"

/** `GET /docs`: an API's page, complete in itself, so that it works without a network. Its two megabytes are loaded when someone looks. */
export const docsOf = <Id extends string, Groups extends HttpApiGroup.Constraint>(
  api: HttpApi.HttpApi<Id, Groups>,
) =>
  HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const page = yield* Effect.cached(HttpRouter.toHttpEffect(HttpApiSwagger.layer(api, { path: "/docs" })))
      yield* router.add("GET", "/docs", Effect.flatten(page))
    }),
  )
