<?php
// A plugin that is always on: no mails, and visitors of one address may comment quickly.
add_filter( 'pre_wp_mail', '__return_true' );
add_action(
	'init',
	function () {
		remove_filter( 'comment_flood_filter', 'wp_throttle_comment_flood', 10 );
	}
);
// Comments that contain this word are held back, whoever wrote them, as a filter plugin would.
add_filter(
	'pre_comment_approved',
	function ( $approved, $comment ) {
		if ( str_contains( $comment['comment_content'], 'viagra' ) ) {
			return 'spam';
		}
		return str_contains( $comment['comment_content'], 'bitcoin' ) ? 0 : $approved;
	},
	10,
	2
);
// One site, two kinds of addresses: asked as localhost it has pretty permalinks and /wp-json/.
add_filter(
	'pre_option_permalink_structure',
	fn() => str_starts_with( $_SERVER['HTTP_HOST'], 'localhost' ) ? '/%postname%/' : ''
);
