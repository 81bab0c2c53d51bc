/** Field of Sidelight's Salesforce package: a unique external id on Task (as a field of Activity) and Case. */
export const externalId = "Sidelight_External_Id__c";
