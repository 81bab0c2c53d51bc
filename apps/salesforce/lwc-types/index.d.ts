// Replaces the package of this name, which is not on the registry. Remove it when an official one exists.
/// <reference types="@lwc/types" />
/// <reference types="@salesforce/lightning-types" />
/// <reference path="./salesforce.d.ts" />
/// <reference path="./lightning.d.ts" />
