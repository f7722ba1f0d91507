using System.Diagnostics;
using Pellucid.Files;

namespace Pellucid.Tests.Files;

/// <summary>A file is whole or as it was before, whatever its path is and whoever else writes.</summary>
public sealed class SafeFileTests
{
    [Fact]
    public void A_failing_write_leaves_the_file_before()
    {
        using var folder = new TemporaryFolder();
        SafeFile.Write(folder.File("a"), stream => stream.Write("old"u8));
        Assert.Throws<IOException>(() => SafeFile.Write(folder.File("a"), stream =>
        {
            stream.Write("new and longer"u8);
            throw new IOException("the disk is full");
        }));
        Assert.Equal("old", File.ReadAllText(folder.File("a")));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Who_writes_the_same_file_at_once_and_what_others_called_so_are_left_alone()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("a.tmp"), "precious");
        SafeFile.Write(folder.File("a"), first =>
        {
            first.Write("first"u8);
            SafeFile.Write(folder.File("a"), second => second.Write("second"u8));
            Assert.Equal("second", File.ReadAllText(folder.File("a")));
        });
        Assert.Equal(("first", "precious"), (File.ReadAllText(folder.File("a")), File.ReadAllText(folder.File("a.tmp"))));
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
    }

    [Fact]
    public void What_a_link_leads_to_is_replaced_and_who_may_read_it_still_may()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links and permissions of Unix");
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("real"), "old");
        File.SetUnixFileMode(folder.File("real"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(folder.File("link"), "real");
        SafeFile.Write(folder.File("link"), stream => stream.Write("new"u8));
        Assert.Equal("real", new FileInfo(folder.File("link")).LinkTarget);
        Assert.Equal("new", File.ReadAllText(folder.File("real")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.File("real")));
    }

    [Fact]
    public async Task A_device_and_a_pipe_are_written_to_as_they_are()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "devices and pipes of Unix");
        Assert.SkipUnless(File.Exists("/usr/bin/mkfifo"), "there is no mkfifo");
        using var folder = new TemporaryFolder();
        SafeFile.Write("/dev/null", stream => stream.Write("nothing"u8));
        SafeFile.RequireWritable("/dev/null");
        Assert.Throws<IOException>(() => SafeFile.Write("/dev/full", stream =>
        {
            stream.Write("too much"u8);
            stream.Flush();
        }));
        Assert.All((string[])["/dev/null", "/dev/full"], device => Assert.Equal(0, new FileInfo(device).Length));
        using (var made = Process.Start("/usr/bin/mkfifo", folder.File("pipe")))
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        var read = Task.Run(() => File.ReadAllText(folder.File("pipe")), TestContext.Current.CancellationToken);
        SafeFile.Write(folder.File("pipe"), stream => stream.Write("through"u8));
        Assert.Equal("through", await read);
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void What_cannot_be_written_is_known_before()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<IOException>(() => SafeFile.RequireWritable(folder.Path));
        Assert.Throws<ArgumentException>(() => SafeFile.RequireWritable(""));
        SafeFile.RequireWritable(folder.File("made/by/it"));
        Assert.Empty(Directory.GetFiles(folder.File("made/by")));
    }
}
