/**
 * Holds judge() to what subjects mean in languages that put no blanks between words: Japanese, and
 * Chinese in both of its scripts.
 *
 * @module
 */

import assert from "node:assert/strict";
import { spaced } from "../../../lib/routing/packs/unspaced.ts";
import { judge } from "../../../lib/routing/packs/words.ts";
import { testSameRest, testSubjects } from "./judged_subjects.ts";

testSubjects({
  "critical/problem": `
    致命的なエラー
    緊急: 温度異常
    【重大】ディスク 2
  `,
  "error/problem": `
    バックアップに失敗しました
    バックアップは正常に完了しませんでした
    バックアップは完了しましたが、エラーが発生しました
    バックアップを完了できませんでした
    【障害】nas1 に接続できません
    停電が発生しました
    ボリューム 1 が劣化しました
    ボリューム 1 がクラッシュしました
    サーバーがダウンしました
    問題が発生しました
    問題は解決していません
    ﾊﾞｯｸｱｯﾌﾟ ｴﾗｰ
    ＥＲＲＯＲ: nas1
    一部失敗
    未復旧
    NAS がオフラインになりました
    接続がタイムアウトしました
    データが破損しています
    ファイルが見つからず、処理できませんでした
  `,
  "warning/problem": `
    [nas1] ドライブの警告
    空き容量が不足しています
    証明書の有効期限切れ
    タスクは部分的に完了しました
    温度が上限を超えました
    メモリ不足
  `,
  "info/ok": `
    バックアップが完了しました
    バックアップが正常に完了しました
    バックアップ完了：エラーなし
    【復旧】nas1 障害
    障害は復旧しました
    復旧しました
    復電しました
    ダウンロード完了のお知らせ
    サーバーがダウンしましたが、復旧しました
    エラーは検出されませんでした
    エラー：0、警告：0
    警報解除
    正常に戻りました
    失敗していません
  `,
  "info/info": `
    復旧作業のお知らせ
    無停電電源装置のテスト
    問題は解決しましたか？
    週報
    会議のお知らせ
    障害者雇用について
    バックアップ完了予定は 18 時
    復旧完了予定のお知らせ
    復旧中
  `,
});

testSubjects({
  "critical/problem": `
    严重错误：存储池 1 已损毁
    [严重] 数据库无法访问
    致命错误
    灾难：机房断电
  `,
  "error/problem": `
    备份失败
    备份未成功完成
    备份完成，但有 3 个错误
    成功：12，失败：2
    市电停电，UPS 使用电池供电
    网络连接已断开
    問題: nas1 無法連線
    问题未解决
    问题：磁盘已满
    [nas1] 備份工作失敗
    儲存空間 1 已損毀
    硬碟 2 異常
    連線逾時
    恢復任務失敗
    数据恢复失败
    磁盘仍然故障
    失败：0x80070005
    磁盘状态不正常
    非正常关机
    服务器宕机
    存储池 1 已降级
    RAID 降级
    服务不可用
    硬盘 3 已离线
    请求超时
    文件系统崩溃
    不良扇区
  `,
  "warning/problem": `
    [警告] 磁盘空间不足
    备份部分完成
    证书即将过期
    证书即将到期
    超過容量上限
    内存使用超过阈值
    CPU 温度过高
  `,
  "info/ok": `
    备份任务 daily 已完成
    备份成功
    备份完成，没有错误
    备份完成，0 个错误
    成功：12，失败：0
    【恢复】nas1 故障
    故障已恢复
    市电恢复
    问题已解决
    系统异常恢复通知
    備份已完成
    已恢復正常
    数据恢复成功
    告警恢复：CPU 温度过高
    [OK] 磁盘故障
    备份失败后已恢复
    無錯誤完成
    没有问题
    复制失败 0 个，成功 5 个
    磁盘温度正常
    備份已成功
    网络已恢复
    硬盘无异常
    告警已清除
    [已解决] nas1 离线
    问题：无
  `,
  "info/info": `
    恢复计划
    灾难恢复演练通知
    故障转移演练
    正在恢复数据
    关于报价的问题
    不斷電系統已切換為電池模式
    周报
    重大更新通知
    严重性说明
    备份成功率 98%
    备份完成率 98%
    不断电系统测试
    离线下载说明
    问题解决了吗？
    请尽快修复
  `,
});

testSameRest(`
  バックアップに失敗しました | バックアップが完了しました | バックアップ: 成功 | バックアップを完了できませんでした
  ドライブの警告 | ドライブ: 正常 | ドライブのエラー
  备份失败 | 备份成功 | 备份已完成 | 备份未完成 | 备份：失败
  備份失敗 | 備份已完成 | 備份無法完成
  市电停电 | 市电恢复
`);

/** What patterns that look back would look over again and again. */
const endless = [
  "没有",
  "无法",
  "0 错误",
  "正在",
  "恢复[",
  "が完了",
  "完了し",
  "错误：",
  "已已",
  "[恢复",
  "失败：",
];

Deno.test("judge() comes to an end with characters that nearly mean something", () => {
  for (const words of endless) {
    assert.ok(judge(words.repeat(500 / words.length)).rest.length <= 1_000, words);
  }
});

Deno.test("spaced() leaves texts in other scripts and words that it does not know as they are", () => {
  for (const text of ["", "Backup failed…", "ошибка", "Müller ½", "백업 실패", "会議①", "週報 ﷺ"]) {
    assert.equal(spaced(text), text);
  }
});

Deno.test("spaced() reads wide and narrow forms as what they stand for", () => {
  assert.equal(spaced("ＮＡＳ（１）：【ｶﾞｲﾄﾞ】"), "NAS(1):[ガイド]");
});
