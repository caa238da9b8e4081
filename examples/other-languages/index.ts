import * as pulumi from "@pulumi/pulumi";

const owner = new pulumi.StackReference("acme/permissions/prod");
const orders = owner.requireOutput("auth0PermissionsReceipt").apply((receipt) => receipt.apis.orders);

export const audience = orders.apply((api) => api.identifier);
export const scopes = orders.apply((api) => Object.keys(api.permissions).sort());
