<?php
// Runs before every script: WordPress takes its configuration from the site's folder, not Debian's.
define( 'ABSPATH', getenv( 'SITE_FOLDER' ) . '/' );
