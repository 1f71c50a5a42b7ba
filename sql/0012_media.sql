-- Files that nothing names are removed from the object store; these find who names one.

CREATE INDEX media_url_ix ON media (url);

CREATE INDEX category_image_ix ON category (image);

CREATE INDEX brand_logo_ix ON brand (logo);

CREATE INDEX collection_image_ix ON collection (image);
