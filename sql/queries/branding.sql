-- name: read_branding :optional
-- How an organisation presents itself; no row where it has said nothing.
-- param: org_id uuid
-- returns: BrandingRow
-- scope: organization
SELECT b.product_name, b.accent_color, b.text_color, b.sender_name, b.sender_address, b.logo_sha256, b.updated_at, b.version
FROM OrganizationBranding AS b
WHERE b.org_id = @org_id

-- name: insert_branding :queued
-- The first that an organisation says of itself.
-- param: org_id uuid
-- param: product_name text?
-- param: accent_color text?
-- param: text_color text?
-- param: sender_name text?
-- param: sender_address text?
-- param: now time
-- scope: organization
INSERT INTO OrganizationBranding (org_id, product_name, accent_color, text_color, sender_name, sender_address, updated_at)
VALUES (@org_id, @product_name, @accent_color, @text_color, @sender_name, @sender_address, @now)

-- name: update_branding :queued
-- Another presentation, in the place of what was there; the logo stays.
-- param: org_id uuid
-- param: product_name text?
-- param: accent_color text?
-- param: text_color text?
-- param: sender_name text?
-- param: sender_address text?
-- param: now time
-- scope: organization
UPDATE OrganizationBranding
SET product_name = @product_name, accent_color = @accent_color, text_color = @text_color, sender_name = @sender_name,
    sender_address = @sender_address, updated_at = @now, version = version + 1
WHERE org_id = @org_id

-- name: set_logo :queued
-- Another logo, as base64; NULL takes it away.
-- param: org_id uuid
-- param: logo_type text?
-- param: logo_sha256 text?
-- param: logo longtext?
-- param: now time
-- scope: organization
UPDATE OrganizationBranding
SET logo_type = @logo_type, logo_sha256 = @logo_sha256, logo = @logo, updated_at = @now, version = version + 1
WHERE org_id = @org_id

-- name: find_branding :optional
-- What anybody may know of an organisation by its short name, for a page to sign in at.
-- param: slug text
-- returns: PublicBrandingRow
-- scope: global a page to sign in at is shown to strangers
SELECT o.name, b.product_name, b.accent_color, b.text_color, b.logo_sha256
FROM Organization AS o
LEFT JOIN OrganizationBranding AS b ON b.org_id = o.id
WHERE o.slug = @slug AND o.status <> N'ARCHIVED'

-- name: find_logo :optional
-- The logo of an organisation by its short name.
-- param: slug text
-- returns: LogoRow
-- scope: global a page to sign in at is shown to strangers
SELECT b.logo_type, b.logo_sha256, b.logo
FROM Organization AS o
JOIN OrganizationBranding AS b ON b.org_id = o.id
WHERE o.slug = @slug AND o.status <> N'ARCHIVED' AND b.logo IS NOT NULL
