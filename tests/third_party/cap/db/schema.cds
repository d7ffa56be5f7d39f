// A small piece of an ERP and of an HR system, in the shape that SAP gives them: managed rows
// (createdAt, modifiedAt), keys of one and of three parts, documents with items.
namespace trade;

using { cuid, managed } from '@sap/cds/common';

entity BusinessPartners : managed {
  key ID      : String(10);
  name        : String(120);
  category    : String(1);    // 1 person, 2 organisation
  role        : String(10);   // SUPPLIER, CUSTOMER
  taxNumber   : String(20);
  email       : String(120);
  country     : String(2);
  creditLimit : Decimal(15, 2);
  currency    : String(3);
  isBlocked   : Boolean default false;
  isDeleted   : Boolean default false;
}

entity CompanyCodes : managed {
  key code : String(4);
  name     : String(80);
  country  : String(2);
  currency : String(3);
}

entity CostCenters : managed {
  key controllingArea : String(4);
  key costCenter      : String(10);
  key validTo         : Date;
  validFrom           : Date;
  name                : String(80);
  responsible         : String(10);
  companyCode         : Association to CompanyCodes;
  parent              : String(10);
}

entity Materials : managed {
  key ID     : String(18);
  name       : String(80);
  type       : String(4);     // ROH, HAWA with stock, NLAG without, DIEN services
  baseUnit   : String(3);
  gtin       : String(14);
  price      : Decimal(15, 2);
  currency   : String(3);
  netWeight  : Decimal(13, 3);
  weightUnit : String(3);
  supplier   : Association to BusinessPartners;
  isDeleted  : Boolean default false;
}

entity PurchaseOrders : cuid, managed {
  number      : String(10);
  supplier    : Association to BusinessPartners;
  companyCode : Association to CompanyCodes;
  orderDate   : Date;
  status      : String(12);
  currency    : String(3);
  total       : Decimal(15, 2);
  items       : Composition of many PurchaseOrderItems on items.order = $self;
}

entity PurchaseOrderItems {
  key order  : Association to PurchaseOrders;
  key pos    : Integer;
  material   : String(18);
  text       : String(100);
  quantity   : Decimal(13, 3);
  unit       : String(3);
  price      : Decimal(15, 2);
  costCenter : String(10);
}

entity SupplierInvoices : cuid, managed {
  number        : String(10);
  documentType  : String(2);   // RE invoice, RG credit note
  supplier      : Association to BusinessPartners;
  companyCode   : Association to CompanyCodes;
  purchaseOrder : Association to PurchaseOrders;
  invoiceDate   : Date;
  dueDate       : Date;
  status        : String(12);
  currency      : String(3);
  net           : Decimal(15, 2);
  tax           : Decimal(15, 2);
  gross         : Decimal(15, 2);
  items         : Composition of many SupplierInvoiceItems on items.invoice = $self;
}

entity SupplierInvoiceItems {
  key invoice : Association to SupplierInvoices;
  key pos     : Integer;
  material    : String(18);
  text        : String(100);
  quantity    : Decimal(13, 3);
  unit        : String(3);
  price       : Decimal(15, 2);
  debitCredit : String(1);     // S debit, H credit; the amount has no sign
  amount      : Decimal(15, 2);
  taxPercent  : Decimal(4, 1);
}

entity Employees : managed {
  key ID          : String(8);
  userId          : String(40);
  firstName       : String(60);
  lastName        : String(60);
  email           : String(120);
  hireDate        : Date;
  terminationDate : Date;
  status          : String(1);   // A active, T terminated
  fte             : Decimal(4, 2);
  salary          : Decimal(15, 2);
  currency        : String(3);
  lastLogin       : DateTime;
  shiftStart      : Time;
  costCenter      : String(10);
  manager         : Association to Employees;
}
