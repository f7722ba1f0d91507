using Pellucid.Tensors;

namespace Pellucid.Tests.Tensors;

/// <summary>Threads that compute together.</summary>
public sealed unsafe class ThreadTeamTests
{
    private const int Members = 6;

    private readonly struct Count(int* parts) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            Assert.Equal(Members, members);
            parts[member]++; // no two threads ever do the same part of a job
        }
    }

    private readonly struct Fail(int failing) : ITeamJob
    {
        public void Execute(int member, int members)
        {
            if (member == failing)
                throw new ArithmeticException($"part {member}");
        }
    }

    [Fact]
    public void Every_part_of_every_job_is_done_once_by_more_threads_than_there_are_cores()
    {
        using var team = new ThreadTeam(Members);
        var parts = stackalloc int[Members];
        for (var job = 1; job <= 20_000; job++)
        {
            team.Run(new Count(parts));
            for (var member = 0; member < Members; member++)
                Assert.Equal(job, parts[member]);
            if (job % 2_000 == 0)
                Thread.Sleep(10); // long enough for all of them to go to sleep
        }
    }

    [Fact]
    public void A_part_that_fails_fails_the_job_and_the_team_goes_on()
    {
        using var team = new ThreadTeam(Members);
        var parts = stackalloc int[Members];
        for (var failing = 0; failing < Members; failing++)
        {
            Assert.Equal($"part {failing}",
                Assert.Throws<InvalidOperationException>(() => team.Run(new Fail(failing))).InnerException!.Message);
            team.Run(new Count(parts));
        }
        for (var member = 0; member < Members; member++)
            Assert.Equal(Members, parts[member]);
    }
}
