/** Where nodes report, below the control plane's origin. */
export const heartbeatPath = "/gateway/cloudnode/ReportHeartbeatInner"
export const registerPath = "/gateway/cloudnode/RegisterNode"
export const statusPath = "/gateway/collectmgr/ReportTaskStatus"
