import * as pulumi from "@pulumi/pulumi";
import { inflateSync } from "zlib";

const owner = new pulumi.StackReference("acme/permissions/prod");
const orders = owner.requireOutput("auth0PermissionsReceipt").apply((receipt) => {
    const packed = Buffer.from(receipt.orders.split(" | ").pop(), "base64");
    return JSON.parse(inflateSync(packed).toString());
});

export const audience = orders.apply((api) => api.identifier);
export const scopes = orders.apply((api) => Object.keys(api.permissions).sort());
