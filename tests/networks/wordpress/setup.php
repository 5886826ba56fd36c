<?php
// Makes the site and its people; prints the application passwords as JSON.
define( 'WP_INSTALLING', true );
$_SERVER['HTTP_HOST']   = 'localhost';
$_SERVER['REQUEST_URI'] = '/';
function wp_new_blog_notification() {}
function wp_install_defaults() {}
require ABSPATH . 'wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

wp_install( 'Stadtgarten Lindenhof', 'admin', 'admin@example.org', true, '', 'secret-of-the-tests' );
update_option( 'comment_previously_approved', 0 );
update_option( 'permalink_structure', '' );
update_option( 'timezone_string', 'Europe/Berlin' );
update_option( 'default_pingback_flag', 0 );

$passwords = array();
$roles     = array( 'admin' => 'administrator', 'redaktion' => 'editor', 'kollegin' => 'editor', 'autor' => 'author' );
foreach ( $roles as $login => $role ) {
	$user = get_user_by( 'login', $login );
	$id   = $user ? $user->ID : wp_insert_user(
		array(
			'user_login'   => $login,
			'user_pass'    => 'secret-of-the-tests',
			'user_email'   => $login . '@example.org',
			'display_name' => ucfirst( $login ),
			'role'         => $role,
		)
	);
	list( $password )    = WP_Application_Passwords::create_new_application_password( $id, array( 'name' => 'tests' ) );
	$passwords[ $login ] = $password;
}
echo json_encode( $passwords );
