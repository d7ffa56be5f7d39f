// Two services with page limits of their own, so that reading has to page.
using { trade } from '../db/schema';

@path: '/odata/v4/erp'
@requires: 'integration'
@cds.query.limit: { default: 100, max: 1000 }
service ErpService {
  entity BusinessPartners     as projection on trade.BusinessPartners;
  entity CompanyCodes         as projection on trade.CompanyCodes;
  entity CostCenters          as projection on trade.CostCenters;
  entity Materials            as projection on trade.Materials;
  entity PurchaseOrders       as projection on trade.PurchaseOrders;
  entity PurchaseOrderItems   as projection on trade.PurchaseOrderItems;
  entity SupplierInvoices     as projection on trade.SupplierInvoices;
  entity SupplierInvoiceItems as projection on trade.SupplierInvoiceItems;
}

@path: '/odata/v4/hr'
@requires: 'integration'
@cds.query.limit: { default: 200, max: 1000 }
service HrService {
  entity Employees as projection on trade.Employees;
}

annotate ErpService.BusinessPartners with { modifiedAt @odata.etag };
annotate HrService.Employees with { modifiedAt @odata.etag };
