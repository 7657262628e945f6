# The far end of a shell: runs the scripts that it is sent, any number at a time, and sends what they say.
#
# Both ways go frames: a kind, the number of a script, the length of what follows, and that. Perl, because the
# base of every Debian has it, also that of kind's nodes; it needs no module that this base lacks.
use strict;
use warnings;
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use POSIX qw(setsid WNOHANG);

use constant { RUN => 6, KILL => 7, STDOUT_OF => 8, STDERR_OF => 9, EXIT => 10 };
use constant { HEAD => 'CNN', HEAD_BYTES => 9, PART_BYTES => 65536 };
# A script that has closed both its outputs may go on; its end is then looked for this often.
use constant REAP_S => 0.02;

my %scripts;

sub give {
    my ($kind, $number, $content) = @_;
    my $frame = pack(HEAD, $kind, $number, length $content) . $content;
    my $at = 0;
    while ($at < length $frame) {
        my $written = syswrite(STDOUT, $frame, length($frame) - $at, $at);
        if (!defined $written) { next if $!{EINTR}; exit 0 }
        $at += $written;
    }
}

# Fields, each behind its length: working directory, input or none, count of the environment, that, the command.
sub fields {
    my ($content) = @_;
    return unpack('(N/a*)*', $content);
}

sub start {
    my ($number, $content) = @_;
    my ($cwd, $has_input, $input, $count, @rest) = fields($content);
    my @env = splice(@rest, 0, $count);
    pipe(my $out, my $their_out) and pipe(my $err, my $their_err) and pipe(my $their_in, my $in)
        or return give(EXIT, $number, "no pipe: $!");
    my $pid = fork;
    return give(EXIT, $number, "no process: $!") if !defined $pid;
    become($cwd, $has_input ? $their_in : undef, $their_out, $their_err, \@env, @rest) if $pid == 0;
    close $_ for $their_in, $their_out, $their_err;
    my $script = { pid => $pid, out => $out, err => $err, left => $input };
    if ($has_input) {
        fcntl($in, F_SETFL, fcntl($in, F_GETFL, 0) | O_NONBLOCK);
        $script->{in} = $in;
    }
    $scripts{$number} = $script;
}

# In the new process, for good.
sub become {
    my ($cwd, $in, $out, $err, $env, @command) = @_;
    setsid();
    $SIG{PIPE} = 'DEFAULT';
    open(STDERR, '>&', $err);
    open(STDOUT, '>&', $out);
    $in ? open(STDIN, '<&', $in) : open(STDIN, '<', '/dev/null');
    for (@$env) { my ($name, $value) = split /=/, $_, 2; $ENV{$name} = $value }
    no warnings 'exec'; # Said below, without a line of this program.
    chdir $cwd and exec { $command[0] } @command;
    print STDERR "$command[0] in $cwd: $!\n";
    POSIX::_exit(127);
}

sub feed {
    my ($script) = @_;
    my $written = syswrite($script->{in}, $script->{left}, PART_BYTES);
    # Who has stopped reading gets no more.
    if (defined $written) { substr($script->{left}, 0, $written, '') }
    elsif (!$!{EAGAIN} && !$!{EINTR}) { $script->{left} = '' }
    close delete $script->{in} if $script->{left} eq '';
}

sub hear {
    my ($number, $stream, $kind) = @_;
    my $read = sysread($scripts{$number}{$stream}, my $part, PART_BYTES);
    return if !defined $read && $!{EINTR};
    return give($kind, $number, $part) if $read;
    close delete $scripts{$number}{$stream};
}

# Over when nobody holds its outputs any more and it has ended.
sub reap {
    for my $number (keys %scripts) {
        my $script = $scripts{$number};
        next if $script->{out} || $script->{err} || waitpid($script->{pid}, WNOHANG) == 0;
        give(EXIT, $number, $? & 127 ? 128 + ($? & 127) : $? >> 8);
        delete $scripts{$number};
    }
}

sub obey {
    my ($kind, $number, $content) = @_;
    if ($kind == RUN) { start($number, $content) }
    # Also by its own number: it may not have its session yet.
    elsif ($scripts{$number}) { kill KILL => -$scripts{$number}{pid}, $scripts{$number}{pid} }
}

$SIG{PIPE} = 'IGNORE';
binmode $_ for *STDIN, *STDOUT;
my $heard = '';
while (1) {
    my ($readable, $writable) = ('', '');
    my $drained = 0;
    vec($readable, fileno(STDIN), 1) = 1;
    for my $script (values %scripts) {
        vec($readable, fileno($script->{$_}), 1) = 1 for grep { $script->{$_} } 'out', 'err';
        vec($writable, fileno($script->{in}), 1) = 1 if $script->{in};
        $drained ||= !$script->{out} && !$script->{err};
    }
    next if select($readable, $writable, undef, $drained ? REAP_S : undef) < 0;
    for my $number (keys %scripts) {
        my $script = $scripts{$number};
        feed($script) if $script->{in} && vec($writable, fileno($script->{in}), 1);
        hear($number, 'out', STDOUT_OF) if $script->{out} && vec($readable, fileno($script->{out}), 1);
        hear($number, 'err', STDERR_OF) if $script->{err} && vec($readable, fileno($script->{err}), 1);
    }
    reap();
    next if !vec($readable, fileno(STDIN), 1);
    my $read = sysread(STDIN, $heard, PART_BYTES, length $heard);
    next if !defined $read && $!{EINTR};
    last if !$read;
    while (length $heard >= HEAD_BYTES) {
        my ($kind, $number, $size) = unpack(HEAD, $heard);
        last if length $heard < HEAD_BYTES + $size;
        obey($kind, $number, substr($heard, HEAD_BYTES, $size));
        substr($heard, 0, HEAD_BYTES + $size, '');
    }
}
# Nobody is told how they end.
kill KILL => -$_->{pid}, $_->{pid} for values %scripts;
